-- purpose: number the drafts in the order in which they were published; the least number of a chain names it
-- grain: one vacancy
-- key: node
insert into chain_node (node, source_id, vacancy_id, label)
select
    row_number() over published as node,
    d.source_id,
    d.vacancy_id,
    row_number() over published as label
from posting_draft as d
window published as (order by d.published_on asc, d.occurred_at asc, d.source_id asc, d.vacancy_id collate "C" asc);
