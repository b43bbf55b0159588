-- purpose: open a run over a group of marts, where one is due: rows or the day changed since the last, it failed, or it is an hour old
-- grain: one run
-- key: mart_validation_id
insert into ops.mart_validation (mart_group, change_seq, as_of_date)
select
    s.mart_group,
    s.change_seq,
    s.as_of_date
from ops.mart_state as s
where
    s.mart_group = %(mart_group)s
    and not exists (
        select 1
        from (
            select v.*
            from ops.mart_validation as v
            where v.mart_group = %(mart_group)s and v.finished_at is not null
            order by v.finished_at desc
            limit 1
        ) as v
        where
            v.is_valid
            and v.change_seq = s.change_seq
            and v.as_of_date = s.as_of_date
            and v.finished_at > now() - interval '1 hour'
    )
returning mart_validation_id;
