-- purpose: programmes of whose withheld counts a reader learns by subtraction: of one part, of 1 to 4 people in all of them, of those not certified, or by a rate
-- grain: one programme and year of beginning
-- key: organisation_bin, programme_code, cohort_year
with part as (
    select
        o.*,
        num_nulls(o.active, o.completed, o.transferred, o.dropped_out, o.other, o.unreported) as withheld_count,
        o.entered
        - coalesce(o.active, 0) - coalesce(o.completed, 0) - coalesce(o.transferred, 0)
        - coalesce(o.dropped_out, 0) - coalesce(o.other, 0) - coalesce(o.unreported, 0) as withheld_people
    from mart.programme_outcome as o
)

select
    p.organisation_bin,
    p.programme_code,
    p.cohort_year
from part as p
where
    p.withheld_count = 1 and p.entered is not null
    or p.withheld_people between 1 and 4
    or p.entered - p.certified between 1 and 4
    or num_nulls(p.completed, p.dropped_out, p.transferred, p.other) > 0
    and num_nonnulls(p.completion_rate, p.dropout_rate) > 0
    or num_nulls(p.entered, p.certified) > 0 and p.certified_rate is not null
