-- purpose: every vacancy, for a rebuild
-- grain: one vacancy
-- key: source_id, vacancy_id
insert into touched_vacancy (source_id, vacancy_id)
select
    v.source_id,
    v.vacancy_id
from core.vacancy_current as v;
