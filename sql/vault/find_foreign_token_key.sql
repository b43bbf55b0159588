-- purpose: a token key, other than the one given, that made a stored token
-- grain: at most one row
-- key: none
select p.token_key_id
from vault.person as p
where p.token_key_id <> %(token_key_id)s
order by p.token_key_id
limit 1;
