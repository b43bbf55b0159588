-- purpose: type the events of one range of a vacancy batch into the stage
-- grain: one event
-- key: topic_id, partition, offset
insert into stage.vacancy (
    source_id,
    vacancy_id,
    record_version,
    event_id,
    action,
    occurred_at,
    landed_at,
    topic_id,
    partition,
    "offset",
    batch_id,
    payload_sha256,
    employer_id,
    employer_name,
    title,
    language_code,
    occupation_code,
    occupation_scheme,
    kato_code,
    is_remote,
    employment_type,
    openings,
    skills,
    salary_min,
    salary_max,
    salary_currency_code,
    salary_period,
    is_salary_gross,
    education_level,
    experience_months,
    published_on,
    valid_through,
    status,
    replaces_vacancy_id
)
select
    p.source_id,
    p.subject as vacancy_id,
    p.record_version,
    p.event_id,
    p.action,
    p.occurred_at,
    p.landed_at,
    p.topic_id,
    p.partition,
    p."offset",
    %(batch_id)s,
    p.payload_sha256,
    p.employer ->> 'id' as employer_id,
    p.employer ->> 'name' as employer_name,
    p.data ->> 'title' as title,
    p.data ->> 'language' as language_code,
    p.occupation ->> 'code' as occupation_code,
    p.occupation ->> 'scheme' as occupation_scheme,
    p.data ->> 'kato' as kato_code,
    (p.data ->> 'remote')::boolean as is_remote,
    p.data ->> 'employment_type' as employment_type,
    (p.data ->> 'openings')::integer as openings,
    case when jsonb_typeof(p.data -> 'skills') = 'array' then p.data -> 'skills' else '[]' end as skills,
    (p.salary ->> 'min')::numeric as salary_min,
    (p.salary ->> 'max')::numeric as salary_max,
    p.salary ->> 'currency' as salary_currency_code,
    p.salary ->> 'period' as salary_period,
    (p.salary ->> 'gross')::boolean as is_salary_gross,
    p.data ->> 'education_level' as education_level,
    (p.data ->> 'experience_months')::integer as experience_months,
    (p.data ->> 'published_on')::date as published_on,
    (p.data ->> 'valid_through')::date as valid_through,
    p.data ->> 'status' as status,
    p.data ->> 'replaces_vacancy_id' as replaces_vacancy_id
from (
    -- "offset 0" keeps the planner from parsing the JSON once per column: three times as fast.
    select
        j.*,
        j.data -> 'employer' as employer,
        j.data -> 'occupation' as occupation,
        j.data -> 'salary' as salary
    from (
        select
            r.source_id,
            r.subject,
            r.record_version,
            r.event_id,
            r.action,
            r.occurred_at,
            r.landed_at,
            r.topic_id,
            r.partition,
            r."offset",
            r.payload_sha256,
            r.data::jsonb as data
        from raw.vacancy as r
        where
            r.topic_id = %(topic_id)s
            and r.partition = %(partition)s
            and r."offset" >= %(from_offset)s
            and r."offset" < %(to_offset)s
            -- An event that could not be typed is already rejected as load_error.
            and not exists (
                select 1
                from ops.rejection as x
                where x.topic_id = r.topic_id and x.partition = r.partition and x."offset" = r."offset"
            )
        offset 0
    ) as j
    offset 0
) as p
