-- purpose: working tables of one refresh of the group, gone with its transaction
-- grain: *_delta: one change of a count; touched_programme, touched_course: one whose rows are computed anew
-- key: as declared
create temporary table programme_delta (
    organisation_bin text not null,
    programme_code text not null,
    cohort_year integer not null,
    entered integer not null,
    active integer not null,
    completed integer not null,
    transferred integer not null,
    dropped_out integer not null,
    other integer not null,
    unreported integer not null,
    certified integer not null
) on commit drop;
create temporary table programme_skill_delta (
    organisation_bin text not null,
    programme_code text not null,
    skill_key text not null,
    enrolments integer not null
) on commit drop;
create temporary table course_delta (
    issuer_bin text not null,
    achievement_code text not null,
    skill_key text,
    people_certified integer not null,
    people_valid integer not null
) on commit drop;
create temporary table touched_programme (
    organisation_bin text not null,
    programme_code text not null,
    primary key (organisation_bin, programme_code)
) on commit drop;
create temporary table touched_course (
    issuer_bin text not null,
    achievement_code text not null,
    primary key (issuer_bin, achievement_code)
) on commit drop;
create temporary table touched_course_skill (
    issuer_bin text not null,
    achievement_code text not null,
    skill_key text not null,
    primary key (issuer_bin, achievement_code, skill_key)
) on commit drop;
