-- purpose: programmes of the touched people, as they were and as they are; one skill more or less concerns all their cohorts
-- grain: one programme
-- key: organisation_bin, programme_code
insert into touched_programme (organisation_bin, programme_code)
select distinct
    d.organisation_bin,
    d.programme_code
from programme_delta as d;
