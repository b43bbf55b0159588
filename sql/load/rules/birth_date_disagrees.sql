-- purpose: events about a person with another birth date than core or the batch has for the same number
-- grain: one event of the batch
-- key: topic_id, partition, offset
with disagreeing as (
    select o.person_token
    from stage."{candidates}" as o
    where o.birth_date is not null
    group by o.person_token
    having min(o.birth_date) <> max(o.birth_date)
),

known as (
    select
        v.person_token,
        v.birth_date
    from core.enrolment as v
    where v.is_current and v.birth_date is not null
    union all
    select
        v.person_token,
        v.birth_date
    from core.certification as v
    where v.is_current and v.birth_date is not null
)

select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
inner join disagreeing as d on b.person_token = d.person_token
where b.birth_date is not null
union
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
inner join known as k on b.person_token = k.person_token
where b.birth_date <> k.birth_date
