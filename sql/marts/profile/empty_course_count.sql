-- purpose: empty mart.course_count before a rebuild; rows, not the table, so that nobody waits
-- grain: none
-- key: none
delete from mart.course_count
where true;
