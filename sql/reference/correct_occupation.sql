-- purpose: correct codes whose validity begins no earlier than this edition: a period of no days would say nothing
-- grain: one code
-- key: occupation_code, valid_from
update ref.occupation as k
set
    isco_code = s.isco_code,
    match_type = s.match_type,
    name_kk = s.name_kk,
    name_ru = s.name_ru,
    name_en = s.name_en
from reference_stage as s
where
    k.occupation_code = s.code
    and k.valid_to is null
    and k.valid_from >= %(effective_on)s
    and k.scheme = %(scheme)s
    and (k.isco_code, k.match_type, k.name_kk, k.name_ru, k.name_en)
    is distinct from (s.isco_code, s.match_type, s.name_kk, s.name_ru, s.name_en);
