-- purpose: deletes changes that were told long ago
-- grain: one change of one view
-- key: change_id
delete from ops.mart_change
where sent_at < now() - make_interval(days => %(days)s);
