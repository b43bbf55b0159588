-- purpose: what the enrolments of the touched people count for in their programmes; run with sign -1 before they are published and with 1 after
-- grain: one programme and year of beginning
-- key: none
insert into programme_delta (
    organisation_bin, programme_code, cohort_year, entered, active, completed, transferred, dropped_out, other,
    unreported, certified
)
select
    h.organisation_bin,
    h.programme_code,
    h.cohort_year,
    %(sign)s * count(*) as entered,
    %(sign)s * count(*) filter (where h.outcome_at_refresh in ('active', 'on_leave')) as active,
    %(sign)s * count(*) filter (where h.outcome_at_refresh = 'completed') as completed,
    %(sign)s * count(*) filter (where h.outcome_at_refresh = 'transferred') as transferred,
    %(sign)s * count(*) filter (where h.outcome_at_refresh = 'dropped_out') as dropped_out,
    %(sign)s * count(*) filter (where h.outcome_at_refresh = 'other') as other,
    %(sign)s * count(*) filter (where h.outcome_at_refresh = 'unreported') as unreported,
    %(sign)s * count(h.certified_skill_keys) as certified
from mart.education_history as h
inner join mart.person as p on h.person_key = p.person_key
inner join touched_person as t on p.person_token = t.person_token
where h.outcome_at_refresh <> 'planned'
group by h.organisation_bin, h.programme_code, h.cohort_year;
