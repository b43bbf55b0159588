-- purpose: stores the persons that the vault does not know yet
-- grain: one person
-- key: token (in its order: two landers that meet the same persons then wait for each other, never in a circle)
insert into vault.person (
    token,
    person_id,
    token_key_id,
    iin_encrypted,
    key_id
)
select
    d.token,
    d.person_id,
    d.token_key_id,
    d.iin_encrypted,
    d.key_id
from person_draft as d
order by d.token
on conflict (token) do nothing;
