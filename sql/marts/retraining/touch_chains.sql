-- purpose: all postings of the chains that the touched vacancies belonged to, and of those they come to join
-- grain: one vacancy; a chain is whole or untouched, for chains of untouched postings change by touched ones only
-- key: source_id, vacancy_id
insert into touched_vacancy (source_id, vacancy_id)
with mate as (
    select
        d.source_id,
        d.vacancy_id
    from posting_draft as d
    union
    -- What it reposts, what reposts it, and what reposts the same.
    select
        d.source_id,
        d.replaces_vacancy_id as vacancy_id
    from posting_draft as d
    where d.replaces_vacancy_id is not null
    union
    select
        v.source_id,
        v.vacancy_id
    from posting_draft as d
    inner join core.vacancy as v
        on d.source_id = v.source_id and v.is_current and d.vacancy_id = v.replaces_vacancy_id
    union
    select
        v.source_id,
        v.vacancy_id
    from posting_draft as d
    inner join core.vacancy as v
        on d.source_id = v.source_id and v.is_current and d.replaces_vacancy_id = v.replaces_vacancy_id
    union
    -- What says the same.
    select
        p.source_id,
        p.vacancy_id
    from posting_draft as d
    inner join mart.posting as p
        on
            d.employer_id = p.employer_id
            and d.title_key = p.title_key
            and d.region_code = p.region_code
            and d.text_sha256 = p.text_sha256
),

reached as (
    select distinct p.chain_id
    from mart.posting as p
    inner join mate as m on p.source_id = m.source_id and p.vacancy_id = m.vacancy_id
)

select
    p.source_id,
    p.vacancy_id
from mart.posting as p
inner join reached as r on p.chain_id = r.chain_id
on conflict do nothing;
