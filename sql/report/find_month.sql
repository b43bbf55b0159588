-- purpose: the month a report is about: the one asked for, else the latest; and the first month there is
-- grain: one row; month is null where there is no such month
-- key: none
select
    min(g.month) as first_month,
    max(g.month) filter (where %(month)s::date is null or g.month = %(month)s::date) as month
from retraining.skill_gap_country as g;
