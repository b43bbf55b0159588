-- purpose: the session's own table that takes the persons of a micro-batch before they meet the vault
-- grain: one person of the micro-batch
-- key: token
create temporary table if not exists person_draft (
    token uuid not null,
    person_id uuid not null,
    token_key_id text not null,
    iin_encrypted bytea not null,
    key_id text not null
) on commit delete rows;
