-- purpose: make a login role that reads; what it may read comes with its membership
-- grain: none
-- key: none
create role "{role}" login inherit nocreatedb nocreaterole;
alter role "{role}" set default_transaction_read_only = on;
