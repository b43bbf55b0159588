-- purpose: why events were refused, with the sentence their publishers read
-- grain: one rule of one entity
-- key: entity, rejection_class, rule_id
select
    r.entity,
    r.rejection_class,
    r.rule_id,
    min(r.message_kk) as message_kk,
    min(r.message_ru) as message_ru,
    min(r.message_en) as message_en,
    count(*) as event_count
from ops.rejection as r
group by r.entity, r.rejection_class, r.rule_id
order by count(*) desc, r.entity asc, r.rejection_class asc, r.rule_id asc;
