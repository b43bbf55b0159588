-- purpose: gaps that are not demand minus supply, and rows that show less or more than their is_suppressed says
-- grain: one row of the view
-- key: none
select g.skill_key
from "{schema}"."{relation}" as g
where
    g.gap <> g.demand_openings_capped - g.supply_people
    or (g.gap is null) <> g.is_suppressed
    or (g.supply_people is null) <> g.is_suppressed
