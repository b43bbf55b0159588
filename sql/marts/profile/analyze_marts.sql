-- purpose: tell the planner what a rebuild wrote, or the next refreshes are planned as if nothing were there
-- grain: none
-- key: none
analyze
mart.person, mart.student, mart.certificate, mart.person_skill, mart.education_history, mart.programme_count,
mart.programme_skill, mart.programme_outcome, mart.course, mart.course_count, mart.course_skill;
