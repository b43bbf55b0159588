-- purpose: what a landing run left behind
-- grain: one row
-- key: none
select
    (select count(*) from raw.certification) as landed,
    (select count(*) from vault.person) as persons,
    (select count(*) from ops.rejection) as rejected;
