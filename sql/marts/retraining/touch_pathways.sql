-- purpose: occupations whose skills this refresh changed; in a rebuild all of them
-- grain: one occupation
-- key: isco_code
insert into changed_occupation (isco_code)
select m.isco_code
from mart.occupation_skill as m
where %(is_rebuild)s or m.change_seq = %(change_seq)s
union
select t.key ->> 'isco_code' as isco_code
from mart.tombstone as t
where t.table_name = 'occupation_skill' and t.change_seq = %(change_seq)s;
