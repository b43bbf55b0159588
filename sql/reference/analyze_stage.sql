-- purpose: tell the planner how many rows wait
-- grain: none
-- key: none
analyze reference_stage;
