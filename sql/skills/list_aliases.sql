-- purpose: aliases with the name of the skill they mean
-- grain: one term
-- key: term
select
    a.term,
    a.skill_key,
    a.language_code,
    a.origin,
    a.added_at,
    r.skill_name
from ref.skill_alias as a
left join lateral (
    select coalesce(s.name_en, s.name_ru, s.name_kk) as skill_name
    from ref.skill as s
    where s.framework = split_part(a.skill_key, ':', 1) and s.skill_code = substr(a.skill_key, position(':' in a.skill_key) + 1)
    order by s.valid_from desc
    limit 1
) as r on true
where %(origin)s::text is null or a.origin = %(origin)s
order by a.term;
