-- purpose: what the certificates of the touched people count for in their courses; run with sign -1 before they are published and with 1 after
-- grain: one skill of one course; without a skill a row says only that the course was touched
-- key: none
insert into course_delta (issuer_bin, achievement_code, skill_key, people_certified, people_valid)
with taught as (
    select
        c.issuer_bin,
        c.achievement_code,
        k.skill_key,
        c.person_key,
        bool_or(c.status_at_refresh = 'valid') as is_valid
    from mart.certificate as c
    inner join mart.person as p on c.person_key = p.person_key
    inner join touched_person as t on p.person_token = t.person_token
    left join lateral unnest(c.skill_keys) as k (skill_key) on true
    where c.status <> 'revoked'
    group by c.issuer_bin, c.achievement_code, k.skill_key, c.person_key
)

select
    t.issuer_bin,
    t.achievement_code,
    t.skill_key,
    %(sign)s * count(*) as people_certified,
    %(sign)s * count(*) filter (where t.is_valid) as people_valid
from taught as t
group by t.issuer_bin, t.achievement_code, t.skill_key;
