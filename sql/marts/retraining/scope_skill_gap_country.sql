-- purpose: the rows that mart.skill_gap_country has of the skills that change, from the month on in which they do
-- grain: one skill and month
-- key: skill_key, month
insert into old_skill_gap_country (skill_key, month)
select
    m.skill_key,
    m.month
from mart.skill_gap_country as m
inner join touched_gap as t on m.skill_key = t.skill_key and m.month >= t.month;
