-- purpose: bring the changes of the demand up to date
-- grain: one skill, region and month
-- key: skill_key, region_code, month_index
merge into mart.demand_change as c
using (
    select
        d.skill_key,
        d.region_code,
        d.month_index,
        sum(d.vacancies)::integer as vacancies,
        sum(d.vacancies_raw)::integer as vacancies_raw,
        sum(d.openings_known)::bigint as openings_known,
        sum(d.vacancies_with_unknown_openings)::integer as vacancies_with_unknown_openings
    from demand_delta as d
    group by d.skill_key, d.region_code, d.month_index
) as d
    on c.skill_key = d.skill_key and c.region_code = d.region_code and c.month_index = d.month_index
when matched
and c.vacancies + d.vacancies = 0
and c.vacancies_raw + d.vacancies_raw = 0
and c.openings_known + d.openings_known = 0
and c.vacancies_with_unknown_openings + d.vacancies_with_unknown_openings = 0
then delete
when matched then
    update set
        vacancies = c.vacancies + d.vacancies,
        vacancies_raw = c.vacancies_raw + d.vacancies_raw,
        openings_known = c.openings_known + d.openings_known,
        vacancies_with_unknown_openings = c.vacancies_with_unknown_openings + d.vacancies_with_unknown_openings
when not matched then
    insert (
        skill_key, region_code, month_index, vacancies, vacancies_raw, openings_known, vacancies_with_unknown_openings
    )
    values (
        d.skill_key, d.region_code, d.month_index, d.vacancies, d.vacancies_raw, d.openings_known,
        d.vacancies_with_unknown_openings
    );
