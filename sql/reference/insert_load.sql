-- purpose: note what was loaded from where
-- grain: one load
-- key: load_id
insert into ref.load (relation_name, source_name, licence, row_count)
values (%(relation_name)s, %(source_name)s, %(licence)s, %(row_count)s);
