-- purpose: skills that are one skill under two codes count as one: those of O*NET and of our own whose name is an ESCO skill's ("Python (computer programming)" is Python), or an alias for another skill
-- grain: one skill that counts as another
-- key: framework, skill_code
with esco as (
    select
        'esco:' || min(s.skill_code) as skill_key,
        mart.normalise_name(regexp_replace(s.name_en, '\s*\([^()]*\)\s*$', '')) as name
    from ref.skill as s
    where s.framework = 'esco' and s.valid_to is null and s.name_en is not null
    group by mart.normalise_name(regexp_replace(s.name_en, '\s*\([^()]*\)\s*$', ''))
    having count(*) = 1
),

meant as (
    select
        s.framework,
        s.skill_code,
        case when a.term is null then e.skill_key else a.skill_key end as skill_key
    from ref.skill as s
    left join ref.skill_alias as a on mart.normalise_name(s.name_en) = a.term
    left join esco as e on mart.normalise_name(s.name_en) = e.name
    where s.framework in ('onet', 'local') and s.valid_to is null
),

-- One step only: what is itself counted as another skill is no target.
linked as (
    select
        m.framework,
        m.skill_code,
        coalesce(t.skill_key, m.skill_key) as skill_key
    from meant as m
    left join meant as t on m.skill_key = t.framework || ':' || t.skill_code
    where m.skill_key is not null and m.skill_key <> m.framework || ':' || m.skill_code
),

gone as (
    delete from ref.skill_equivalent as q
    where
        not exists (
            select 1
            from linked as l
            where
                l.framework = q.framework
                and l.skill_code = q.skill_code
                and l.skill_key <> l.framework || ':' || l.skill_code
        )
    returning q.skill_code
),

kept as (
    insert into ref.skill_equivalent as q (framework, skill_code, skill_key)
    select
        l.framework,
        l.skill_code,
        l.skill_key
    from linked as l
    where l.skill_key <> l.framework || ':' || l.skill_code
    on conflict (framework, skill_code) do update
        set skill_key = excluded.skill_key
        where excluded.skill_key <> q.skill_key
    returning q.skill_code
)

select
    (
        select count(*) from gone
    ) + (
        select count(*) from kept
    ) as change_count;
