-- purpose: what the group was last built from, and what the world is now
-- grain: one row
-- key: none
select
    d.today,
    s.as_of_date,
    s.model_sha256,
    s.skill_load_id,
    (
        select coalesce(max(l.load_id), 0) from ref.load as l
        where l.relation_name = 'ref.skill'
    ) as latest_skill_load_id
from (select mart.today() as today) as d
left join ops.mart_state as s on s.mart_group = %(mart_group)s;
