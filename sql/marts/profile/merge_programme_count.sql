-- purpose: bring the counts of the programmes up to date
-- grain: one programme and year of beginning
-- key: organisation_bin, programme_code, cohort_year
merge into mart.programme_count as c
using (
    select
        d.organisation_bin,
        d.programme_code,
        d.cohort_year,
        sum(d.entered)::integer as entered,
        sum(d.active)::integer as active,
        sum(d.completed)::integer as completed,
        sum(d.transferred)::integer as transferred,
        sum(d.dropped_out)::integer as dropped_out,
        sum(d.other)::integer as other,
        sum(d.unreported)::integer as unreported,
        sum(d.certified)::integer as certified
    from programme_delta as d
    group by d.organisation_bin, d.programme_code, d.cohort_year
) as d
    on
        c.organisation_bin = d.organisation_bin
        and c.programme_code = d.programme_code
        and c.cohort_year = d.cohort_year
when matched and c.entered + d.entered = 0 then delete
when matched then
    update set
        entered = c.entered + d.entered,
        active = c.active + d.active,
        completed = c.completed + d.completed,
        transferred = c.transferred + d.transferred,
        dropped_out = c.dropped_out + d.dropped_out,
        other = c.other + d.other,
        unreported = c.unreported + d.unreported,
        certified = c.certified + d.certified
when not matched then
    insert (
        organisation_bin, programme_code, cohort_year, entered, active, completed, transferred, dropped_out, other,
        unreported, certified
    )
    values (
        d.organisation_bin, d.programme_code, d.cohort_year, d.entered, d.active, d.completed, d.transferred,
        d.dropped_out, d.other, d.unreported, d.certified
    );
