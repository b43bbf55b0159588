-- purpose: tell the planner how many people there are
-- grain: none
-- key: none
analyze identity;
