-- purpose: end the validity of codes whose content changed; the new content gets a row of its own
-- grain: one code
-- key: kato_code, valid_from
update ref.kato as k
set valid_to = %(effective_on)s
from reference_stage as s
where
    k.kato_code = s.code
    and k.valid_to is null
    and k.valid_from < %(effective_on)s
    and (k.region_code, k.parent_code, k.name_kk, k.name_ru, k.name_en)
    is distinct from (left(s.code, 2), s.parent_code, s.name_kk, s.name_ru, s.name_en);
