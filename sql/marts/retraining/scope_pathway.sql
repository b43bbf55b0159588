-- purpose: the pairs that mart.pathway has of the occupations whose skills changed
-- grain: one ordered pair of occupations
-- key: from_isco_code, to_isco_code
insert into old_pathway (from_isco_code, to_isco_code)
select
    m.from_isco_code,
    m.to_isco_code
from mart.pathway as m
inner join changed_occupation as c on m.from_isco_code = c.isco_code
union
select
    m.from_isco_code,
    m.to_isco_code
from mart.pathway as m
inner join changed_occupation as c on m.to_isco_code = c.isco_code;
