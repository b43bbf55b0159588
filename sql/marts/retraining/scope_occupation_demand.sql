-- purpose: the rows that mart.occupation_demand has of the occupations, regions and months that change
-- grain: one occupation, region and month
-- key: isco_code, region_code, month
insert into old_occupation_demand (isco_code, region_code, month)
select
    m.isco_code,
    m.region_code,
    m.month
from mart.occupation_demand as m
inner join touched_occupation_demand as t
    on
        m.isco_code = t.isco_code
        and m.region_code = t.region_code
        and m.month = mart.month_start(t.month_index);
