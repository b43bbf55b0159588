-- purpose: vacancies that the batches tell of, that begin, open or shut between the last refresh and today, that ask for a skill that counts as another now, or whose occupation does
-- grain: one vacancy
-- key: source_id, vacancy_id
insert into touched_vacancy (source_id, vacancy_id)
select
    v.source_id,
    v.vacancy_id
from core.vacancy as v
where v.batch_id = any(%(batch_ids)s::bigint[])
union
select
    p.source_id,
    p.vacancy_id
from mart.posting as p
where
    %(as_of_date)s::date < %(today)s
    and (
        (p.published_on > %(as_of_date)s and p.published_on <= %(today)s)
        or exists (
            select 1
            from unnest(p.open_days) as r (days)
            where
                (lower(r.days) > %(as_of_date)s and lower(r.days) <= %(today)s)
                or (upper(r.days) > %(as_of_date)s and upper(r.days) <= %(today)s)
        )
    )
union
select
    s.source_id,
    s.vacancy_id
from mart.vacancy_span as s
inner join touched_skill as t on s.skill_key = t.skill_key
union
select
    p.source_id,
    p.vacancy_id
from mart.posting as p
inner join core.vacancy_current as v on p.source_id = v.source_id and p.vacancy_id = v.vacancy_id
where
    %(has_new_reference)s
    and p.isco_code is distinct from mart.isco_code(v.occupation_scheme, v.occupation_code, %(today)s::date);
