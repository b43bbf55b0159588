-- purpose: empty the stage
-- grain: none
-- key: none
truncate stage."{entity}"
