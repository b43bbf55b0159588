-- purpose: the day of the warehouse and the moment of reading
-- grain: one row
-- key: none
select
    mart.today() as today,
    now() as read_at;
