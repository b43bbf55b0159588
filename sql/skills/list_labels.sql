-- purpose: every way in which the reference in force writes a skill, the curated aliases too; kind 0 alias, 1 name, 2 another label
-- grain: one label of one skill
-- key: label, skill_key, kind
with skill as (
    select
        s.framework,
        s.skill_code,
        coalesce(q.skill_key, s.framework || ':' || s.skill_code) as skill_key,
        array_position(array['esco', 'onet', 'local'], s.framework) as rank,
        s.name_kk,
        s.name_ru,
        s.name_en
    from ref.skill as s
    left join ref.skill_equivalent as q on s.framework = q.framework and s.skill_code = q.skill_code
    where s.valid_to is null
),

label as (
    select
        a.term as text,
        coalesce(q.skill_key, a.skill_key) as skill_key,
        0 as kind,
        0 as rank
    from ref.skill_alias as a
    left join ref.skill_equivalent as q on a.skill_key = q.framework || ':' || q.skill_code
    union
    select
        mart.normalise_name(n.name) as text,
        s.skill_key,
        1 as kind,
        s.rank
    from skill as s
    -- "Python (computer programming)" is also Python.
    cross join
        lateral (
            values
            (s.name_kk),
            (s.name_ru),
            (s.name_en),
            (regexp_replace(s.name_en, '\s*\([^()]*\)\s*$', ''))
        ) as n (name)
    union
    select
        mart.normalise_name(l.label) as text,
        s.skill_key,
        2 as kind,
        s.rank
    from ref.skill_label as l
    inner join skill as s on l.framework = s.framework and l.skill_code = s.skill_code
    where l.valid_to is null
)

select
    l.text,
    l.skill_key,
    l.kind,
    l.rank
from label as l
where l.text is not null;
