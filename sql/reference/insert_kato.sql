-- purpose: a row for each code that has none in force; one that comes back on the day it went is taken up again
-- grain: one code
-- key: kato_code, valid_from
insert into ref.kato (
    kato_code, valid_from, region_code, parent_code, name_kk, name_ru, name_en
)
select
    s.code as kato_code,
    %(effective_on)s as valid_from,
    left(s.code, 2) as region_code,
    s.parent_code,
    s.name_kk,
    s.name_ru,
    s.name_en
from reference_stage as s
where
    not exists (
        select 1
        from ref.kato as k
        where
            k.kato_code = s.code
            and k.valid_to is null
    )
on conflict (kato_code, valid_from) do update
    set
        valid_to = null,
        region_code = excluded.region_code,
        parent_code = excluded.parent_code,
        name_kk = excluded.name_kk,
        name_ru = excluded.name_ru,
        name_en = excluded.name_en;
