-- purpose: vacancies of the batches, those that begin between the last refresh and today, those that ask for a skill that counts as another now, and all that repost them or are reposted by them
-- grain: one vacancy, or one that is only known as being reposted
-- key: source_id, vacancy_id
insert into touched_vacancy (source_id, vacancy_id)
with recursive chain as (
    (
        select
            v.source_id,
            v.vacancy_id
        from core.vacancy as v
        where v.batch_id = any(%(batch_ids)s::bigint[])
        union
        select
            v.source_id,
            v.vacancy_id
        from core.vacancy_current as v
        where
            %(as_of_date)s::date < %(today)s
            and v.published_on > %(as_of_date)s
            and v.published_on <= %(today)s
        union
        select
            s.source_id,
            s.vacancy_id
        from mart.vacancy_span as s
        inner join touched_skill as t on s.skill_key = t.skill_key
    )
    union
    select
        c.source_id,
        n.vacancy_id
    from chain as c
    cross join lateral (
        select p.replaces_vacancy_id as vacancy_id
        from core.vacancy as p
        where p.source_id = c.source_id and p.vacancy_id = c.vacancy_id and p.replaces_vacancy_id is not null
        union all
        select p.vacancy_id
        from core.vacancy as p
        where p.source_id = c.source_id and p.replaces_vacancy_id = c.vacancy_id
    ) as n
)

select
    c.source_id,
    c.vacancy_id
from chain as c;
