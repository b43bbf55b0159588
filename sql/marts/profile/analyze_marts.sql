-- purpose: tell the planner what a rebuild has left; a refresh that follows at once would take full tables for empty ones
-- grain: none
-- key: none
analyze mart.person, mart.student, mart.certificate, mart.person_skill, mart.education_history;
analyze mart.programme_count, mart.programme_skill, mart.programme_outcome, mart.course, mart.course_count,
mart.course_skill;
