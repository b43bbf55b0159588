-- purpose: where the rows of one reference file wait, gone with the transaction; the columns are those of the table it is for
-- grain: one code
-- key: as the table, without its validity
drop table if exists reference_stage;
create temporary table reference_stage on commit drop as
select t.*
from ref."{relation}" as t
limit 0;
alter table reference_stage drop column valid_from, drop column valid_to;
