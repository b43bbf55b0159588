-- purpose: a reader restricted to organisations that all people are at, so that each row it reads is checked and shown
-- grain: one reader
-- key: role_name
create role benchmark_reader login;
grant profile_reader to benchmark_reader with inherit true, set false;
insert into ops.reader_scope (role_name, organisation_bins)
select
    'benchmark_reader',
    array_agg(distinct s.organisation_bin)
from mart.student as s;
