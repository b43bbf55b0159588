-- purpose: empty mart.vacancy_span before a rebuild; rows, not the table, so that nobody waits
-- grain: none
-- key: none
delete from mart.vacancy_span
where true;
