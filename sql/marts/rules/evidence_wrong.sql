-- purpose: skills whose number of certificates disagrees with the list of them
-- grain: one skill of one person
-- key: person_key, skill_key
select
    k.person_key,
    k.skill_key
from mart.person_skill as k
where
    k.certificate_count < 1
    or k.certificate_count <> cardinality(k.certificate_ids)
    or k.certificate_count <> cardinality(k.source_ids)
