-- purpose: occupations whose vacancies of the last 12 months change; all of them where the reference, the skills or the 12 months do
-- grain: one occupation
-- key: isco_code
insert into touched_occupation (isco_code)
select t.isco_code
from touched_occupation_demand as t
where t.isco_code <> 'unknown' and t.month_index > mart.month_index(%(today)s) - 12
union
select m.isco_code
from mart.occupation_skill as m
where %(is_whole)s
union
select p.isco_code
from mart.posting as p
where %(is_whole)s and p.isco_code is not null
union
select mart.isco_code(o.scheme, o.occupation_code, %(today)s::date) as isco_code
from ref.occupation as o
where
    %(is_whole)s
    and o.scheme = 'esco'
    and mart.isco_code(o.scheme, o.occupation_code, %(today)s::date) is not null;
