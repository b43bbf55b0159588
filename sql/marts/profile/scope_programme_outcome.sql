-- purpose: the rows that mart.programme_outcome has of the touched programmes
-- grain: one programme and year of beginning
-- key: organisation_bin, programme_code, cohort_year
insert into old_programme_outcome (organisation_bin, programme_code, cohort_year)
select
    m.organisation_bin,
    m.programme_code,
    m.cohort_year
from mart.programme_outcome as m
inner join touched_programme as t
    on m.organisation_bin = t.organisation_bin and m.programme_code = t.programme_code;
