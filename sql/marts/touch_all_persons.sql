-- purpose: everybody, for a rebuild
-- grain: one person token
-- key: person_token
insert into touched_person (person_token)
select e.person_token
from core.enrolment as e
union
select c.person_token
from core.certification as c;
