-- purpose: a term that people said means a skill
-- grain: one term
-- key: term
insert into ref.skill_alias as a (term, skill_key, language_code, origin)
values (%(term)s, %(skill_key)s, %(language_code)s, 'curated')
on conflict (term) do update
    set
        skill_key = excluded.skill_key,
        language_code = excluded.language_code,
        origin = excluded.origin,
        added_at = now();
