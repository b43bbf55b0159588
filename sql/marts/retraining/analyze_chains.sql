-- purpose: tell the planner how many postings there are, and how many belong together
-- grain: none
-- key: none
analyze chain_node;
analyze chain_link;
