-- purpose: a row for each code that has none in force; one that comes back on the day it went is taken up again
-- grain: one code
-- key: scheme, occupation_code, valid_from
insert into ref.occupation (
    scheme, occupation_code, valid_from, isco_code, match_type, name_kk, name_ru, name_en
)
select
    %(scheme)s,
    s.code as occupation_code,
    %(effective_on)s as valid_from,
    s.isco_code,
    s.match_type,
    s.name_kk,
    s.name_ru,
    s.name_en
from reference_stage as s
where
    not exists (
        select 1
        from ref.occupation as k
        where
            k.occupation_code = s.code
            and k.valid_to is null
            and k.scheme = %(scheme)s
    )
on conflict (scheme, occupation_code, valid_from) do update
    set
        valid_to = null,
        isco_code = excluded.isco_code,
        match_type = excluded.match_type,
        name_kk = excluded.name_kk,
        name_ru = excluded.name_ru,
        name_en = excluded.name_en;
