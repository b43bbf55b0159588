-- purpose: people behind the events of the batches, those a corrected record pointed at before included
-- grain: one person token; the ids are a value, not a join, so that the planner sees how few they are
-- key: person_token
insert into touched_person (person_token)
select v.person_token
from core.enrolment as b
inner join core.enrolment as v on b.source_id = v.source_id and b.enrolment_id = v.enrolment_id
where b.batch_id = any(%(batch_ids)s::bigint[])
union
select v.person_token
from core.certification as b
inner join core.certification as v on b.source_id = v.source_id and b.certificate_id = v.certificate_id
where b.batch_id = any(%(batch_ids)s::bigint[]);
