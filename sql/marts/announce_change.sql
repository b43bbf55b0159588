-- purpose: put into the outbox that a view changed, with the keys of the rows where they are few
-- grain: one view
-- key: change_id
insert into ops.mart_change (view_name, change_seq, as_of_date, changed_count, removed_count, keys)
select
    %(view_name)s,
    %(change_seq)s,
    %(today)s,
    %(changed_count)s,
    %(removed_count)s,
    case
        when %(changed_count)s::bigint + %(removed_count)s::bigint <= %(key_limit)s then (
            select jsonb_agg(c.key order by c.key)
            from changed_row as c
            where c.table_name = %(table_name)s
        )
    end as keys;
