-- purpose: note what was loaded from where
-- grain: one load
-- key: load_id
insert into ref.load (relation_name, source_name, licence, row_count, added_count, changed_count, retired_count)
values (
    %(relation_name)s, %(source_name)s, %(licence)s, %(row_count)s, %(added_count)s, %(changed_count)s, %(retired_count)s
);
