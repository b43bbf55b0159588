-- purpose: take in built-in aliases whose skill is in the reference; a curated alias is left as it is
-- grain: one term
-- key: term
insert into ref.skill_alias as a (term, skill_key, language_code, origin)
select distinct on (mart.normalise_name(b.term))
    mart.normalise_name(b.term) as term,
    b.framework || ':' || b.skill_code as skill_key,
    b.language_code,
    'built-in' as origin
from built_in_alias as b
inner join ref.skill as s on b.framework = s.framework and b.skill_code = s.skill_code
where s.valid_to is null
order by mart.normalise_name(b.term), b.framework, b.skill_code
on conflict (term) do update
    set
        skill_key = excluded.skill_key,
        language_code = excluded.language_code
    where
    a.origin = 'built-in'
    and (a.skill_key, a.language_code) is distinct from (excluded.skill_key, excluded.language_code);
