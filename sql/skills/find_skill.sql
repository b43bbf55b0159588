-- purpose: a skill of the reference as it is now, with the key it counts under
-- grain: one skill
-- key: framework, skill_code
select
    coalesce(q.skill_key, s.framework || ':' || s.skill_code) as skill_key,
    s.framework,
    s.skill_code,
    s.kind,
    s.name_kk,
    s.name_ru,
    s.name_en,
    s.valid_to
from ref.skill as s
left join ref.skill_equivalent as q on s.framework = q.framework and s.skill_code = q.skill_code
where s.framework = %(framework)s and s.skill_code = %(skill_code)s
order by s.valid_from desc
limit 1;
