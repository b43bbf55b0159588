-- purpose: tokens of several people who are not all marked as disputed, and of one person who is
-- grain: one person token
-- key: person_token
select p.person_token
from mart.person as p
group by p.person_token
having
    (count(*) > 1 and not bool_and(p.is_identity_disputed))
    or (count(*) = 1 and bool_or(p.is_identity_disputed))
