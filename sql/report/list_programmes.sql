-- purpose: the largest programmes, each by its latest intake whose outcome is known and may be shown
-- grain: one programme
-- key: organisation_bin, programme_code
with latest as (
    select distinct on (o.organisation_bin, o.programme_code)
        o.organisation_bin,
        o.programme_code,
        o.cohort_year,
        o.programme_name_kk,
        o.programme_name_ru,
        o.programme_name_en,
        o.entered,
        o.completed,
        o.dropped_out,
        o.certified,
        o.completion_rate,
        o.dropout_rate,
        o.certified_rate,
        o.demand_openings_avg
    from profile.programme_outcome as o
    where o.completion_rate is not null or o.dropout_rate is not null
    order by o.organisation_bin asc, o.programme_code asc, o.cohort_year desc
)

select
    l.organisation_bin,
    l.programme_code,
    l.cohort_year,
    l.programme_name_kk,
    l.programme_name_ru,
    l.programme_name_en,
    l.entered,
    l.completed,
    l.dropped_out,
    l.certified,
    l.completion_rate,
    l.dropout_rate,
    l.certified_rate,
    l.demand_openings_avg
from latest as l
order by l.entered desc nulls last, l.organisation_bin asc, l.programme_code asc
limit %(count)s;
