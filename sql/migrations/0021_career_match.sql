-- purpose: views made of both groups when they are read: occupations that a person's skills fit, and what to learn for them
-- grain: see each view
-- key: see each view
-- A person meets some hundred occupations before the ten best are known; of each the weight is summed.
create index occupation_skill_weight on mart.occupation_skill (isco_code) include (weight) where is_required;

create or replace view profile.programme_outcome as
select
    o.organisation_bin,
    o.programme_code,
    o.cohort_year,
    o.programme_name_kk,
    o.programme_name_ru,
    o.programme_name_en,
    o.isced_level,
    o.isced_field_code,
    o.entered,
    o.active,
    o.completed,
    o.transferred,
    o.dropped_out,
    o.other,
    o.unreported,
    o.certified,
    o.completion_rate,
    o.dropout_rate,
    o.certified_rate,
    o.taught_skill_keys,
    round(d.openings / 12, 4) as demand_openings_avg,
    o.is_suppressed,
    o.change_seq
from mart.programme_outcome as o
cross join
    lateral (
        select sum(m.openings) as openings
        from unnest(o.taught_skill_keys) as k (skill_key)
        cross join
            lateral (
                select coalesce(sum(s.openings_capped), 0) as openings
                from mart.skill_demand as s
                where
                    s.skill_key = k.skill_key
                    and s.month >= mart.month_start(mart.month_index(mart.today()) - 11)
                    and s.month <= mart.today()
            ) as m
    ) as d;
comment on column profile.programme_outcome.demand_openings_avg is 'Places a month, over the 12 months that end with the current one, that ask for the skills taught: sum of openings_capped of retraining.skill_demand over taught_skill_keys, regions and these months / 12; a place that asks for two of them counts for both. Null where no skill is taught. Derived at each reading.';

create view profile.career_match as
with matched as (
    select
        k.person_key,
        coalesce(s.region_code, 'ZZ') as region_code,
        o.isco_code,
        sum(o.weight) as held_weight,
        array_agg(o.skill_key order by o.weight desc, o.skill_key asc) as skills_held
    from mart.person_skill as k
    inner join mart.occupation_skill as o on k.skill_key = o.skill_key
    left join mart.student as s on k.person_key = s.person_key
    where k.valid_certificate_count > 0 and o.is_required
    group by k.person_key, s.region_code, o.isco_code
),

scored as (
    select
        m.*,
        round(m.held_weight / r.weight, 4) as match_score,
        coalesce(d.vacancies, 0)::integer as vacancies_in_region
    from matched as m
    cross join
        lateral (
            select sum(o.weight) as weight
            from mart.occupation_skill as o
            where o.isco_code = m.isco_code and o.is_required
        ) as r
    cross join
        lateral (
            select sum(v.vacancies_today) as vacancies
            from mart.occupation_demand as v
            where
                v.isco_code = m.isco_code
                and v.region_code in (m.region_code, '00')
                and v.vacancies_today is not null
        ) as d
),

ranked as (
    select
        s.*,
        row_number() over (
            partition by s.person_key
            order by s.match_score desc, s.vacancies_in_region desc, s.isco_code asc
        ) as rank
    from scored as s
)

select
    r.person_key,
    r.rank::integer as rank,
    r.isco_code,
    l.occupation_name_kk,
    l.occupation_name_ru,
    l.occupation_name_en,
    r.match_score,
    r.skills_held,
    coalesce(n.skills_missing, '{}') as skills_missing,
    r.region_code,
    r.vacancies_in_region,
    coalesce(d.vacancies, 0)::integer as vacancies_in_country
from ranked as r
cross join
    lateral (
        select array_agg(o.skill_key order by o.weight desc, o.skill_key asc) as skills_missing
        from mart.occupation_skill as o
        where o.isco_code = r.isco_code and o.is_required and o.skill_key <> all(r.skills_held)
    ) as n
cross join
    lateral (
        select sum(v.vacancies_today) as vacancies
        from mart.occupation_demand as v
        where v.isco_code = r.isco_code and v.vacancies_today is not null
    ) as d
left join mart.occupation_label as l on r.isco_code = l.isco_code
where r.rank <= 10;
comment on view profile.career_match is 'The occupations that a person''s skills fit best. Grain: one occupation of one person who holds a skill, at most 10. Key: person_key, rank; also person_key, isco_code. Derived at each reading: of one person at once, of all in minutes.';
comment on column profile.career_match.person_key is 'Key of the person: the token, or a key per token and birth date where the identity is disputed.';
comment on column profile.career_match.rank is 'Place, 1 to 10: by match_score, the highest first, then vacancies_in_region, the highest first, then isco_code.';
comment on column profile.career_match.isco_code is 'ISCO-08 group that requires at least one skill the person holds.';
comment on column profile.career_match.occupation_name_kk is 'Name of the ISCO-08 group in Kazakh; null is missing.';
comment on column profile.career_match.occupation_name_ru is 'Name of the ISCO-08 group in Russian; null is missing.';
comment on column profile.career_match.occupation_name_en is 'Name of the ISCO-08 group in English; null is missing.';
comment on column profile.career_match.match_score is 'Sum of weight in retraining.occupation_skill over the required skills that the person holds / over all required skills of the occupation; 4 digits, more than 0, 1 is all.';
comment on column profile.career_match.skills_held is 'Required skills that the person holds: profile.skill.is_held at the refresh. The heaviest first, then by key.';
comment on column profile.career_match.skills_missing is 'The other required skills, the heaviest first, then by key.';
comment on column profile.career_match.region_code is 'Region of the person, as in profile.student; ZZ is unknown, or no enrolment.';
comment on column profile.career_match.vacancies_in_region is 'Vacancies of the occupation open on the day of the refresh in the region, or remote: vacancies_today of retraining.occupation_demand; a chain of reposts counts once.';
comment on column profile.career_match.vacancies_in_country is 'The same in the whole country.';

create function mart.data_age(out data_as_of timestamptz, out last_event_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
select
    (select min(s.refreshed_at) from ops.mart_state as s) as data_as_of,
    (select max(f.last_event_at) from ops.freshness as f) as last_event_at
$$;
comment on function mart.data_age() is 'When the group of marts that was refreshed longer ago was, and the latest event that any view has taken in.';

create view retraining.recommendation as
with missing as (
    select
        m.person_key,
        m.rank as career_rank,
        m.isco_code,
        m.occupation_name_kk,
        m.occupation_name_ru,
        m.occupation_name_en,
        m.match_score,
        m.region_code,
        o.skill_key,
        o.weight as skill_weight
    from profile.career_match as m
    inner join mart.occupation_skill as o on m.isco_code = o.isco_code and o.skill_key = any(m.skills_missing)
    where m.rank <= 3
),

taught as (
    select
        m.*,
        v.vacancy_count,
        v.vacancy_ids,
        c.issuer_bin,
        c.achievement_code,
        c.place
    from missing as m
    cross join
        lateral (
            select
                count(*) as vacancy_count,
                (array_agg(
                    s.source_id || ':' || s.vacancy_id
                    order by p.published_on desc, p.occurred_at desc, s.source_id desc, s.vacancy_id desc
                ))[:5] as vacancy_ids
            from mart.vacancy_span as s
            inner join mart.posting as p on s.source_id = p.source_id and s.vacancy_id = p.vacancy_id
            where
                s.skill_key = m.skill_key
                and s.region_code in (m.region_code, '00')
                and s.is_counted_today
                and p.isco_code = m.isco_code
        ) as v
    cross join
        lateral (
            select
                k.issuer_bin,
                k.achievement_code,
                row_number() over (
                    order by coalesce(k.people_certified, 0) desc, k.issuer_bin asc, k.achievement_code asc
                ) as place
            from mart.course_skill as k
            where k.skill_key = m.skill_key and k.is_offered
            order by place
            limit 2
        ) as c
    where v.vacancy_count > 0
),

ranked as (
    select
        t.*,
        row_number() over (
            partition by t.person_key
            order by t.career_rank asc, t.skill_weight desc, t.vacancy_count desc, t.skill_key asc, t.place asc
        ) as rank
    from taught as t
)

select
    r.person_key,
    r.rank::integer as rank,
    r.isco_code,
    r.occupation_name_kk,
    r.occupation_name_ru,
    r.occupation_name_en,
    r.match_score,
    r.skill_key,
    l.skill_name,
    l.skill_name_kk,
    l.skill_name_ru,
    l.skill_name_en,
    r.skill_weight,
    r.issuer_bin,
    c.issuer_name,
    r.achievement_code,
    c.achievement_name_kk,
    c.achievement_name_ru,
    c.achievement_name_en,
    c.hours,
    r.region_code,
    r.vacancy_count::integer as vacancy_count,
    r.vacancy_ids,
    case when not g.is_suppressed then g.demand_openings_capped - g.supply_people end as supply_gap,
    a.data_as_of,
    a.last_event_at
from ranked as r
inner join mart.course as c on r.issuer_bin = c.issuer_bin and r.achievement_code = c.achievement_code
left join mart.skill_label as l on r.skill_key = l.skill_key and l.mart_group = 'retraining'
left join mart.skill_gap_country as g
    on r.skill_key = g.skill_key and g.month = mart.month_start(mart.month_index(mart.today()))
cross join mart.data_age() as a;
comment on view retraining.recommendation is 'What a person may learn, and why: courses for skills that one of the three best fitting occupations requires, that the person lacks, and that open vacancies within reach ask for. Grain: one course for one missing skill of one occupation of one person. Key: person_key, rank. Derived at each reading: of one person at once, of all in hours. It shows no other person, and nothing of courses but what retraining.course shows.';
comment on column retraining.recommendation.person_key is 'Key of the person: the token, or a key per token and birth date where the identity is disputed.';
comment on column retraining.recommendation.rank is 'Place, from 1: by the rank of the occupation in profile.career_match, then skill_weight, the highest first, vacancy_count, the highest first, skill_key, and the course.';
comment on column retraining.recommendation.isco_code is 'ISCO-08 group the person would work in: rank 1 to 3 of profile.career_match, with a skill missing.';
comment on column retraining.recommendation.occupation_name_kk is 'Name of the ISCO-08 group in Kazakh; null is missing.';
comment on column retraining.recommendation.occupation_name_ru is 'Name of the ISCO-08 group in Russian; null is missing.';
comment on column retraining.recommendation.occupation_name_en is 'Name of the ISCO-08 group in English; null is missing.';
comment on column retraining.recommendation.match_score is 'match_score of profile.career_match.';
comment on column retraining.recommendation.skill_key is 'The skill to learn: required by the occupation, not held by the person.';
comment on column retraining.recommendation.skill_name is 'Name as it was sent; of several the first in code point order.';
comment on column retraining.recommendation.skill_name_kk is 'Name of the reference skill in Kazakh; null is missing there.';
comment on column retraining.recommendation.skill_name_ru is 'Name of the reference skill in Russian; null is missing there.';
comment on column retraining.recommendation.skill_name_en is 'Name of the reference skill in English; null is missing there.';
comment on column retraining.recommendation.skill_weight is 'weight of the skill for the occupation, in retraining.occupation_skill.';
comment on column retraining.recommendation.issuer_bin is 'BIN of the issuer of the course: of those that teach the skill and are offered the two with the most people_certified in retraining.course (withheld counts as 0), then by issuer_bin, achievement_code.';
comment on column retraining.recommendation.issuer_name is 'Name of the issuer.';
comment on column retraining.recommendation.achievement_code is 'Code of the achievement at the issuer.';
comment on column retraining.recommendation.achievement_name_kk is 'Name of the achievement in Kazakh; null is not given.';
comment on column retraining.recommendation.achievement_name_ru is 'Name of the achievement in Russian; null is not given.';
comment on column retraining.recommendation.achievement_name_en is 'Name of the achievement in English; null is not given.';
comment on column retraining.recommendation.hours is 'Hours of study; null is not given.';
comment on column retraining.recommendation.region_code is 'Region of the person, as in profile.student; ZZ is unknown, or no enrolment.';
comment on column retraining.recommendation.vacancy_count is 'Vacancies of the occupation that ask for the skill, open on the day of the refresh in the region of the person or remote; at least 1; a chain of reposts counts once.';
comment on column retraining.recommendation.vacancy_ids is 'Up to 5 of them as source_id:vacancy_id, the latest published first.';
comment on column retraining.recommendation.supply_gap is 'gap of retraining.skill_gap_country for the skill in the current month; null where it is withheld or there is none.';
comment on column retraining.recommendation.data_as_of is 'When the data was brought up to date: the earlier of the last refreshes of both groups.';
comment on column retraining.recommendation.last_event_at is 'The latest event the marts have taken in.';

grant select on profile.career_match to profile_reader, arna_loader, arna_engineer;
grant select on retraining.recommendation to retraining_reader, arna_loader, arna_engineer;
