-- purpose: whether the birth dates declared for a person disagree; what was voided does not speak
-- grain: one person token
-- key: person_token
insert into identity (person_token, birth_date, is_disputed)
with declared as (
    select
        e.person_token,
        e.birth_date
    from core.enrolment_current as e
    inner join touched_person as t on e.person_token = t.person_token
    where e.status <> 'voided'
    union all
    select
        c.person_token,
        c.birth_date
    from core.certification_current as c
    inner join touched_person as t on c.person_token = t.person_token
)

select
    d.person_token,
    max(d.birth_date) as birth_date,
    coalesce(min(d.birth_date) <> max(d.birth_date), false) as is_disputed
from declared as d
group by d.person_token;
