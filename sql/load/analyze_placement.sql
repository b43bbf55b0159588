-- purpose: tell the planner how few subjects have more than one version
-- grain: none
-- key: none
analyze placement
