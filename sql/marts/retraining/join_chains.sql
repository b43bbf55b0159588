-- purpose: one round of joining: a posting takes the least label among its own, its neighbours' and that of the posting its label names; no row changes once chains are whole
-- grain: one posting
-- key: node
with near as (
    select
        l.node,
        min(n.label) as label
    from chain_link as l
    inner join chain_node as n on l.neighbour = n.node
    group by l.node
),

reached as (
    select
        c.node,
        least(n.label, j.label) as label
    from chain_node as c
    inner join near as n on c.node = n.node
    inner join chain_node as j on c.label = j.node
)

update chain_node as c
set label = r.label
from reached as r
where c.node = r.node and r.label < c.label;
