-- purpose: how many people and certificates the role that asks sees
-- grain: one row
-- key: none
select
    (select count(*) from profile.student) as people,
    (select count(*) from profile.certificate) as certificates;
