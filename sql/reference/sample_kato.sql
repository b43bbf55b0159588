-- purpose: the regions as KATO codes, where no KATO was loaded
-- grain: one region
-- key: kato_code, valid_from
insert into ref.kato (kato_code, valid_from, region_code, name_kk, name_ru, name_en)
select
    r.region_code || '0000000' as kato_code,
    date '2025-02-01' as valid_from,
    r.region_code,
    r.name_kk,
    r.name_ru,
    r.name_en
from ref.region as r
where not exists (
    select 1
    from ref.kato
);
