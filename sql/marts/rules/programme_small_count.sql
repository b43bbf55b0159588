-- purpose: programmes that show a count of 1 to 4 people
-- grain: one programme and year of beginning
-- key: organisation_bin, programme_code, cohort_year
select
    o.organisation_bin,
    o.programme_code,
    o.cohort_year
from mart.programme_outcome as o
where
    o.entered between 1 and 4
    or o.active between 1 and 4
    or o.completed between 1 and 4
    or o.transferred between 1 and 4
    or o.dropped_out between 1 and 4
    or o.other between 1 and 4
    or o.unreported between 1 and 4
    or o.certified between 1 and 4
