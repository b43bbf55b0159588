-- purpose: every role that is a direct member of a reader role or has a scope
-- grain: one role
-- key: role_name
with membership as (
    select
        r.rolname::text as role_name,
        array_agg(distinct replace(g.rolname, '_reader', '') order by replace(g.rolname, '_reader', '')) as systems
    from pg_catalog.pg_auth_members as m
    inner join pg_catalog.pg_roles as g on m.roleid = g.oid
    inner join pg_catalog.pg_roles as r on m.member = r.oid
    where g.rolname in ('profile_reader', 'retraining_reader')
    group by r.rolname
)

select
    coalesce(m.role_name, s.role_name) as role_name,
    coalesce(m.systems, '{}') as systems,
    s.role_name is not null as is_registered,
    coalesce(s.is_national, false) as is_national,
    s.organisation_bins,
    s.region_codes,
    s.note,
    s.created_at,
    s.changed_at
from membership as m
full outer join ops.reader_scope as s on m.role_name = s.role_name
order by role_name;
