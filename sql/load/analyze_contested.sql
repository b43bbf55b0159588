-- purpose: tell the planner how few the contested events are
-- grain: none
-- key: none
analyze contested
