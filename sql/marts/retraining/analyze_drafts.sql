-- purpose: tell the planner how many vacancies there are
-- grain: none
-- key: none
analyze touched_vacancy;
analyze posting_draft;
