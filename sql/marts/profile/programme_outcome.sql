-- purpose: model of mart.programme_outcome: what became of those who entered a programme in a year; figures of few people withheld
-- grain: one programme and year of beginning
-- key: organisation_bin, programme_code, cohort_year
insert into next_programme_outcome (
    organisation_bin, programme_code, cohort_year, programme_name_kk, programme_name_ru, programme_name_en, isced_level,
    isced_field_code, entered, active, completed, transferred, dropped_out, other, unreported, certified,
    completion_rate, dropout_rate, certified_rate, taught_skill_keys, is_suppressed
)
with counted as (
    select
        c.*,
        array[c.active, c.completed, c.transferred, c.dropped_out, c.other, c.unreported] as parts
    from touched_programme as t
    inner join mart.programme_count as c
        on t.organisation_bin = c.organisation_bin and t.programme_code = c.programme_code
),

hidden as (
    select
        c.*,
        case
            when c.entered < 5 then array[1, 2, 3, 4, 5, 6]
            -- Four people or fewer in all the parts withheld could be told from the sum: one more part goes with them.
            when s.small_sum between 1 and 4 then s.small_places || s.next_places[1]
            else coalesce(s.small_places, '{}')
        end as places
    from counted as c
    cross join
        lateral (
            select
                sum(p.people) filter (where p.people between 1 and 4) as small_sum,
                array_agg(p.place::integer) filter (where p.people between 1 and 4) as small_places,
                array_agg(p.place::integer order by p.people, p.place) filter (where p.people > 4) as next_places
            from unnest(c.parts) with ordinality as p (people, place)
        ) as s
),

shown as (
    select
        h.organisation_bin,
        h.programme_code,
        h.cohort_year,
        case when h.entered >= 5 then h.entered end as entered,
        case when 1 <> all(h.places) then h.active end as active,
        case when 2 <> all(h.places) then h.completed end as completed,
        case when 3 <> all(h.places) then h.transferred end as transferred,
        case when 4 <> all(h.places) then h.dropped_out end as dropped_out,
        case when 5 <> all(h.places) then h.other end as other,
        case when 6 <> all(h.places) then h.unreported end as unreported,
        case
            when
                h.entered >= 5
                and h.certified not between 1 and 4
                and h.entered - h.certified not between 1 and 4
                then h.certified
        end as certified
    from hidden as h
),

rated as (
    select
        s.*,
        -- Null where a part is: then the whole is not known either.
        nullif(s.completed + s.dropped_out + s.transferred + s.other, 0) as ended
    from shown as s
)

select
    r.organisation_bin,
    r.programme_code,
    r.cohort_year,
    l.programme_name_kk,
    l.programme_name_ru,
    l.programme_name_en,
    l.isced_level,
    l.isced_field_code,
    r.entered,
    r.active,
    r.completed,
    r.transferred,
    r.dropped_out,
    r.other,
    r.unreported,
    r.certified,
    round(r.completed::numeric / r.ended, 4) as completion_rate,
    round(r.dropped_out::numeric / r.ended, 4) as dropout_rate,
    round(r.certified::numeric / r.entered, 4) as certified_rate,
    k.skill_keys as taught_skill_keys,
    num_nulls(
        r.entered, r.active, r.completed, r.transferred, r.dropped_out, r.other, r.unreported, r.certified
    ) > 0 as is_suppressed
from rated as r
cross join
    lateral (
        select
            h.programme_name_kk,
            h.programme_name_ru,
            h.programme_name_en,
            h.isced_level,
            h.isced_field_code
        from mart.education_history as h
        where
            h.organisation_bin = r.organisation_bin
            and h.programme_code = r.programme_code
            and h.cohort_year = r.cohort_year
            and h.outcome_at_refresh <> 'planned'
        order by h.event_at desc, h.source_id desc, h.enrolment_id desc
        limit 1
    ) as l
cross join
    lateral (
        select coalesce(array_agg(s.skill_key order by s.skill_key), '{}') as skill_keys
        from mart.programme_skill as s
        where
            s.organisation_bin = r.organisation_bin
            and s.programme_code = r.programme_code
            and s.enrolments >= 5
    ) as k;
