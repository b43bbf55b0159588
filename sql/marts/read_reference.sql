-- purpose: the last load of occupations, their skills or crosswalks, and whether the occupations in force are others than at the last refresh
-- grain: one row
-- key: none
with load as (
    select coalesce(max(l.load_id), 0) as load_id
    from ref.load as l
    where l.relation_name in ('ref.occupation', 'ref.occupation_skill', 'ref.occupation_crosswalk')
),

validity as (
    select
        o.valid_from,
        o.valid_to
    from ref.occupation as o
    union all
    select
        s.valid_from,
        s.valid_to
    from ref.occupation_skill as s
    union all
    select
        c.valid_from,
        c.valid_to
    from ref.occupation_crosswalk as c
)

select
    l.load_id,
    l.load_id <> %(reference_load_id)s
    or (
        %(as_of_date)s::date < %(today)s
        and exists (
            select 1
            from validity as v
            where
                (v.valid_from > %(as_of_date)s and v.valid_from <= %(today)s)
                or (v.valid_to > %(as_of_date)s and v.valid_to <= %(today)s)
        )
    ) as has_new_reference
from load as l;
