-- purpose: bring the changes of the supply up to date
-- grain: one skill, region and month
-- key: skill_key, region_code, month_index
merge into mart.supply_change as c
using (
    select
        d.skill_key,
        d.region_code,
        d.month_index,
        sum(d.people)::integer as people
    from supply_delta as d
    group by d.skill_key, d.region_code, d.month_index
    having sum(d.people) <> 0
) as d
    on c.skill_key = d.skill_key and c.region_code = d.region_code and c.month_index = d.month_index
when matched and c.people + d.people = 0 then delete
when matched then update set people = c.people + d.people
when not matched then
    insert (skill_key, region_code, month_index, people)
    values (d.skill_key, d.region_code, d.month_index, d.people);
