-- purpose: model of mart.person: one row per token, or per token and birth date where those disagree
-- grain: one person
-- key: person_key
insert into next_person (person_key, person_token, birth_date, is_identity_disputed)
with declared as (
    select
        e.person_token,
        e.birth_date
    from core.enrolment_current as e
    where e.status <> 'voided'
    union all
    select
        c.person_token,
        c.birth_date
    from core.certification_current as c
),

disputed as (
    select distinct
        i.person_token,
        d.birth_date
    from identity as i
    inner join declared as d on i.person_token = d.person_token
    where i.is_disputed
)

select
    i.person_token as person_key,
    i.person_token,
    i.birth_date,
    false as is_identity_disputed
from identity as i
where not i.is_disputed
union all
select
    mart.person_key(d.person_token, d.birth_date, true) as person_key,
    d.person_token,
    d.birth_date,
    true as is_identity_disputed
from disputed as d;
