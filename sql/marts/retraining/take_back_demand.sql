-- purpose: take the spans of the touched vacancies out, and note what the demand loses by it
-- grain: one change
-- key: none
with gone as (
    delete from mart.vacancy_span as s
    using touched_vacancy as t
    where s.source_id = t.source_id and s.vacancy_id = t.vacancy_id
    returning s.skill_key, s.region_code, s.openings, s.months, s.counted_months
)

insert into demand_delta (
    skill_key, region_code, month_index, vacancies, vacancies_raw, openings_known, vacancies_with_unknown_openings
)
select
    g.skill_key,
    g.region_code,
    e.month_index,
    -sum(e.change * e.is_counted) as vacancies,
    -sum(e.change * (1 - e.is_counted)) as vacancies_raw,
    -sum(e.change * e.is_counted * coalesce(g.openings, 0)) as openings_known,
    -sum(e.change * e.is_counted * (g.openings is null)::integer) as vacancies_with_unknown_openings
from gone as g
cross join
    lateral (
        select
            lower(r.months) as month_index,
            1 as change,
            0 as is_counted
        from unnest(g.months) as r (months)
        union all
        select
            upper(r.months) as month_index,
            -1 as change,
            0 as is_counted
        from unnest(g.months) as r (months)
        union all
        select
            lower(r.months) as month_index,
            1 as change,
            1 as is_counted
        from unnest(g.counted_months) as r (months)
        union all
        select
            upper(r.months) as month_index,
            -1 as change,
            1 as is_counted
        from unnest(g.counted_months) as r (months)
    ) as e
where e.month_index is not null
group by g.skill_key, g.region_code, e.month_index;
