-- purpose: what the demand gains by the spans of the touched vacancies
-- grain: one change
-- key: none
insert into demand_delta (
    skill_key, region_code, month_index, vacancies, vacancies_raw, openings_known, vacancies_with_unknown_openings
)
select
    s.skill_key,
    s.region_code,
    e.month_index,
    sum(e.change * e.is_counted) as vacancies,
    sum(e.change * (1 - e.is_counted)) as vacancies_raw,
    sum(e.change * e.is_counted * coalesce(s.openings, 0)) as openings_known,
    sum(e.change * e.is_counted * (s.openings is null)::integer) as vacancies_with_unknown_openings
from mart.vacancy_span as s
inner join touched_vacancy as t on s.source_id = t.source_id and s.vacancy_id = t.vacancy_id
cross join
    lateral (
        select
            lower(r.months) as month_index,
            1 as change,
            0 as is_counted
        from unnest(s.months) as r (months)
        union all
        select
            upper(r.months) as month_index,
            -1 as change,
            0 as is_counted
        from unnest(s.months) as r (months)
        union all
        select
            lower(r.months) as month_index,
            1 as change,
            1 as is_counted
        from unnest(s.counted_months) as r (months)
        union all
        select
            upper(r.months) as month_index,
            -1 as change,
            1 as is_counted
        from unnest(s.counted_months) as r (months)
    ) as e
where e.month_index is not null
group by s.skill_key, s.region_code, e.month_index;
