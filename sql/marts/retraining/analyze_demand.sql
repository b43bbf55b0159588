-- purpose: tell the planner how much of the demand changes
-- grain: none
-- key: none
analyze touched_skill_demand;
analyze touched_occupation_demand;
