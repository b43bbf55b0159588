-- purpose: make a role a member of a reader role: it has its rights, but cannot become it, which would lift its restriction
-- grain: none
-- key: none
grant "{reader}" to "{role}" with inherit true, set false, admin false; -- noqa: PRS
