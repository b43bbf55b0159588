-- purpose: skills whose is_held disagrees with the number of valid certificates
-- grain: one skill of one person
-- key: person_key, skill_key
select
    k.person_key,
    k.skill_key
from profile.skill as k
where k.is_held <> (k.valid_certificate_count > 0)
