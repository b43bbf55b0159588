-- purpose: model of mart.skill: every skill that a certificate or vacancy names
-- grain: one skill in one group of marts
-- key: mart_group, skill_key
insert into mart.skill as m (mart_group, skill_key, framework, skill_code, name)
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
order by k.skill_key
on conflict (mart_group, skill_key) do update
    set
        skill_code = excluded.skill_code,
        name = excluded.name
    where (excluded.skill_code, excluded.name) is distinct from (m.skill_code, m.name);
