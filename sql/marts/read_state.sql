-- purpose: what the group was last built from, and what the world is now
-- grain: one row
-- key: none
select
    d.today,
    s.as_of_date,
    s.model_sha256,
    s.skill_revision,
    s.change_seq,
    s.reference_load_id,
    r.revision as latest_skill_revision
from (select mart.today() as today) as d
cross join ref.skill_state as r
left join ops.mart_state as s on s.mart_group = %(mart_group)s;
