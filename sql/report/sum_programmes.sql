-- purpose: of how many intakes of programmes something is known, and of how many nothing may be shown
-- grain: one row
-- key: none
select
    count(*) as intakes,
    count(*) filter (where o.entered is null) as intakes_hidden
from profile.programme_outcome as o;
