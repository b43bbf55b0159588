-- purpose: people for whom something begins or ends between the day of the last refresh and today
-- grain: one person token
-- key: person_token
insert into touched_person (person_token)
select e.person_token
from core.enrolment_current as e
where
    (e.begin_date > %(as_of_date)s and e.begin_date <= %(today)s)
    or (e.end_date > %(as_of_date)s and e.end_date <= %(today)s)
union
select c.person_token
from core.certification_current as c
where
    (c.valid_from > %(as_of_date)s and c.valid_from <= %(today)s)
    or (c.valid_until >= %(as_of_date)s and c.valid_until < %(today)s)
    -- Without an end an enrolment is certified by what is awarded up to 180 days after today.
    or (c.awarded_on > %(as_of_date)s + 180 and c.awarded_on <= %(today)s + 180)
on conflict do nothing;
