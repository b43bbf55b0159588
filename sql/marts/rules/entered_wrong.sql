-- purpose: programmes whose number that entered, or was certified, differs from the enrolments of the history
-- grain: one programme and year of beginning
-- key: organisation_bin, programme_code, cohort_year
with counted as (
    select
        h.organisation_bin,
        h.programme_code,
        h.cohort_year,
        count(*) as entered,
        count(h.certified_skill_keys) as certified
    from mart.education_history as h
    where h.outcome_at_refresh <> 'planned'
    group by h.organisation_bin, h.programme_code, h.cohort_year
)

select
    coalesce(c.organisation_bin, t.organisation_bin) as organisation_bin,
    coalesce(c.programme_code, t.programme_code) as programme_code,
    coalesce(c.cohort_year, t.cohort_year) as cohort_year
from counted as c
full join mart.programme_count as t
    on
        c.organisation_bin = t.organisation_bin
        and c.programme_code = t.programme_code
        and c.cohort_year = t.cohort_year
where c.entered is distinct from t.entered or c.certified is distinct from t.certified
