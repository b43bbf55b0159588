-- purpose: tell the planner how many people have a region
-- grain: none
-- key: none
analyze person_region;
