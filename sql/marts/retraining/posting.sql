-- purpose: model of mart.posting: the drafts with their chains, and the months for which each counts in its chain
-- grain: one vacancy
-- key: source_id, vacancy_id
insert into mart.posting (
    source_id, vacancy_id, employer_id, title_key, region_code, isco_code, text_sha256, chain_id, published_on,
    occurred_at, open_days, months, counted_months, is_counted_today, openings, salary_month_kzt
)
with posting as (
    select
        d.source_id,
        d.vacancy_id,
        d.employer_id,
        d.title_key,
        d.region_code,
        d.isco_code,
        d.text_sha256,
        f.source_id || ':' || f.vacancy_id as chain_id,
        n.node,
        d.published_on,
        d.occurred_at,
        d.open_days,
        case
            when d.published_on <= %(today)s then mart.month_span(d.open_days)
            else '{}'::int4multirange
        end as months,
        d.open_days @> %(today)s::date as is_open_today,
        d.openings,
        d.salary_month_kzt
    from posting_draft as d
    inner join chain_node as n on d.source_id = n.source_id and d.vacancy_id = n.vacancy_id
    inner join chain_node as f on n.label = f.node
)

select
    p.source_id,
    p.vacancy_id,
    p.employer_id,
    p.title_key,
    p.region_code,
    p.isco_code,
    p.text_sha256,
    p.chain_id,
    p.published_on,
    p.occurred_at,
    p.open_days,
    p.months,
    p.months - coalesce(range_agg(p.months) over later, '{}'::int4multirange) as counted_months,
    p.is_open_today and not coalesce(bool_or(p.is_open_today) over later, false) as is_counted_today,
    p.openings,
    p.salary_month_kzt
from posting as p
window later as (
    partition by p.chain_id
    order by p.node desc
    rows between unbounded preceding and 1 preceding
);
