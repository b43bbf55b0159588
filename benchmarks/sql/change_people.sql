-- purpose: one thousand people change: a third end their enrolment, a third have a certificate revoked, a third earn one
-- grain: one row of core
-- key: none
insert into ops.batch (entity)
values ('enrolment'), ('certification');
create temporary table changing as
select
    b.enrolment_batch_id,
    b.certification_batch_id,
    n.number * (current_setting('benchmark.people')::integer / 1000) - current_setting('benchmark.turn')::integer as number,
    n.number % 3 as kind
from (
    select
        max(o.batch_id) filter (where o.entity = 'enrolment') as enrolment_batch_id,
        max(o.batch_id) filter (where o.entity = 'certification') as certification_batch_id
    from ops.batch as o
) as b
cross join generate_series(1, 1000) as n (number);

create temporary table ended as
select e.*
from core.enrolment as e
inner join changing as c on c.kind = 0 and e.enrolment_id = 'e' || c.number and e.is_current;
update core.enrolment as e
set is_current = false
from ended as d
where e.source_id = d.source_id and e.enrolment_id = d.enrolment_id and e.record_version = d.record_version;
update ended
set
    record_version = record_version + 1,
    event_id = gen_random_uuid(),
    status = 'ended',
    exit_type = 'dropout',
    end_date = current_date - 3,
    occurred_at = now() - interval '3 days',
    batch_id = (select max(c.enrolment_batch_id) from changing as c);
insert into core.enrolment select * from ended;

create temporary table issued as
select v.*
from core.certification as v
inner join changing as c on c.kind > 0 and v.certificate_id = 'c' || c.number and v.is_current;
update issued
set
    record_version = case when c.kind = 1 then issued.record_version + 1 else 1 end,
    certificate_id = case when c.kind = 1 then issued.certificate_id else issued.certificate_id || '-' || gen_random_uuid() end,
    event_id = gen_random_uuid(),
    status = case when c.kind = 1 then 'revoked' else 'valid' end,
    revocation_reason = case when c.kind = 1 then 'issued by mistake' end,
    achievement_code = case when c.kind = 1 then issued.achievement_code else 'B' || c.number % 50 end,
    skills = case
        when c.kind = 1 then issued.skills
        else jsonb_build_array(jsonb_build_object('name', 'skill ' || c.number % 150))
    end,
    occurred_at = now() - interval '3 days',
    batch_id = c.certification_batch_id
from changing as c
where issued.certificate_id = 'c' || c.number;
update core.certification as v
set is_current = false
from issued as i
where v.source_id = i.source_id and v.certificate_id = i.certificate_id and v.record_version < i.record_version;
insert into core.certification select * from issued;
update ops.batch
set state = 'loaded'
where state <> 'loaded';
drop table changing, ended, issued;
