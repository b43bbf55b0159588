-- purpose: tell the planner how many programmes and courses there are
-- grain: none
-- key: none
analyze touched_programme;
analyze touched_course;
analyze touched_course_skill;
