-- purpose: correct codes whose validity begins no earlier than this edition: a period of no days would say nothing
-- grain: one code
-- key: kato_code, valid_from
update ref.kato as k
set
    region_code = left(s.code, 2),
    parent_code = s.parent_code,
    name_kk = s.name_kk,
    name_ru = s.name_ru,
    name_en = s.name_en
from reference_stage as s
where
    k.kato_code = s.code
    and k.valid_to is null
    and k.valid_from >= %(effective_on)s
    and (k.region_code, k.parent_code, k.name_kk, k.name_ru, k.name_en)
    is distinct from (left(s.code, 2), s.parent_code, s.name_kk, s.name_ru, s.name_en);
