-- purpose: take in the skills of a framework; a label that is missing here keeps the one known before
-- grain: one skill
-- key: framework, skill_code
insert into ref.skill as k (framework, skill_code, name_kk, name_ru, name_en)
select
    %(scheme)s as framework,
    s.code as skill_code,
    s.name_kk,
    s.name_ru,
    s.name_en
from reference_stage as s
on conflict (framework, skill_code) do update
    set
        name_kk = coalesce(excluded.name_kk, k.name_kk),
        name_ru = coalesce(excluded.name_ru, k.name_ru),
        name_en = coalesce(excluded.name_en, k.name_en),
        retired_on = null
    where
    k.retired_on is not null
    or (coalesce(excluded.name_kk, k.name_kk), coalesce(excluded.name_ru, k.name_ru), coalesce(excluded.name_en, k.name_en))
    is distinct from (k.name_kk, k.name_ru, k.name_en);
