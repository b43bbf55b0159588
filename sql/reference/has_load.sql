-- purpose: whether this data was loaded before, the built-in sample apart
-- grain: one row
-- key: none
select exists(
    select 1
    from ref.load as l
    where
        l.relation_name = %(relation_name)s
        and l.source_name like %(source_prefix)s || '%%'
        and l.source_name not like '%% only'
) as has_load;
