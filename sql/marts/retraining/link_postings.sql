-- purpose: which postings belong together: one replaces the other, both replace the same one (known or not), or one says the same as the other and follows it within 30 days
-- grain: one link, in both directions
-- key: none
insert into chain_link (node, neighbour)
with draft as (
    select
        n.node,
        d.source_id,
        d.vacancy_id,
        d.replaces_vacancy_id,
        d.published_on,
        lag(n.node) over text as previous_node,
        lag(d.published_on) over text as previous_on
    from posting_draft as d
    inner join chain_node as n on d.source_id = n.source_id and d.vacancy_id = n.vacancy_id
    window text as (
        partition by d.employer_id, d.title_key, d.region_code, d.text_sha256
        order by n.node asc
    )
),

link as (
    select
        d.node,
        n.node as neighbour
    from draft as d
    inner join chain_node as n on d.source_id = n.source_id and d.replaces_vacancy_id = n.vacancy_id
    union all
    select
        d.node,
        min(d.node) over (partition by d.source_id, d.replaces_vacancy_id) as neighbour
    from draft as d
    where d.replaces_vacancy_id is not null
    union all
    select
        d.node,
        d.previous_node as neighbour
    from draft as d
    where d.published_on - d.previous_on <= 30
)

select
    l.node,
    l.neighbour
from link as l
union
select
    l.neighbour,
    l.node
from link as l;
