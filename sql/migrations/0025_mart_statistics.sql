-- purpose: the loader may tell the planner how the marts have grown
-- grain: none
-- key: none
grant maintain on all tables in schema mart to arna_loader; -- noqa: PRS
