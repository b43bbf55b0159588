-- purpose: tell the planner how core has grown
-- grain: none
-- key: none
analyze core."{entity}"
