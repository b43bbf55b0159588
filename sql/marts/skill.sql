-- purpose: model of mart.skill: every skill that a certificate or vacancy names, with the labels of the reference
-- grain: one skill in one group of marts
-- key: mart_group, skill_key
insert into next_skill (mart_group, skill_key, framework, skill_code, name, name_kk, name_ru, name_en)
with met as (
    select
        k.mart_group,
        k.skill_key,
        case
            when k.skill_key ~ '^(esco|onet):' then split_part(k.skill_key, ':', 1)
            else 'local'
        end as framework,
        case
            when k.skill_key ~ '^(esco|onet):' then substr(k.skill_key, 6)
            else min(r.skill_code)
        end as skill_code,
        min(coalesce(k.name, k.skill_key) collate "C") as name
    from mart.skill_mention as k
    left join ref.skill as r on r.framework = 'local' and k.skill_key = 'local:' || r.skill_code
    where k.mart_group = %(mart_group)s and k.skill_key is not null
    group by k.mart_group, k.skill_key
)

select
    m.mart_group,
    m.skill_key,
    m.framework,
    m.skill_code,
    m.name,
    r.name_kk,
    r.name_ru,
    r.name_en
from met as m
left join lateral (
    select
        s.name_kk,
        s.name_ru,
        s.name_en
    from ref.skill as s
    where s.framework = m.framework and s.skill_code = m.skill_code
    order by s.valid_from desc
    limit 1
) as r on true;
