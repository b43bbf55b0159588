-- purpose: what the enrolments of the touched people count for in the skills of their programmes; run with sign -1 before they are published and with 1 after
-- grain: one skill of one programme
-- key: none
insert into programme_skill_delta (organisation_bin, programme_code, skill_key, enrolments)
select
    h.organisation_bin,
    h.programme_code,
    k.skill_key,
    %(sign)s * count(*) as enrolments
from mart.education_history as h
inner join mart.person as p on h.person_key = p.person_key
inner join touched_person as t on p.person_token = t.person_token
cross join lateral unnest(h.certified_skill_keys) as k (skill_key)
where h.outcome_at_refresh <> 'planned'
group by h.organisation_bin, h.programme_code, k.skill_key;
