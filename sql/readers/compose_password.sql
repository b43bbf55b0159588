-- purpose: the statement that gives a role its password, of which only the SCRAM verifier reaches the server
-- grain: one row
-- key: none
select format('alter role %%I password %%L', %(role_name)s::text, %(verifier)s::text) as statement;
