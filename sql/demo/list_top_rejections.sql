-- purpose: the commonest reasons of rejection, as the demo shows them
-- grain: one rule of one entity
-- key: entity, rule_id
select
    r.entity,
    r.rejection_class,
    r.rule_id,
    min(r.message_en) as message_en,
    count(*) as event_count
from ops.rejection as r
group by r.entity, r.rejection_class, r.rule_id
order by count(*) desc, r.entity asc, r.rule_id asc
limit %(count)s;
