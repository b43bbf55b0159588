-- purpose: programmes whose parts do not sum to the number that entered
-- grain: one programme and year of beginning
-- key: organisation_bin, programme_code, cohort_year
select
    c.organisation_bin,
    c.programme_code,
    c.cohort_year
from mart.programme_count as c
where c.entered <> c.active + c.completed + c.transferred + c.dropped_out + c.other + c.unreported
