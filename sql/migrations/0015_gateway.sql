-- purpose: what the HTTP gateway needs: keys and limits of sources, and a role that sees nothing else
-- grain: see each table
-- key: see each table
alter table ops.source
add column requests_per_second integer check (requests_per_second > 0),
add column events_per_second integer check (events_per_second > 0),
add column max_batch_events integer check (max_batch_events between 1 and 10000);
comment on column ops.source.requests_per_second is 'HTTP requests the gateway takes from it, per second over ten seconds; null: the gateway''s own setting.';
comment on column ops.source.events_per_second is 'Events the gateway takes from it, per second over ten seconds; null: the gateway''s own setting.';
comment on column ops.source.max_batch_events is 'Most events in one request to the gateway; null: the gateway''s own setting.';

create table ops.source_key (
    key_id text primary key check (key_id ~ '^[a-z]{12}$'),
    source_id integer not null references ops.source (source_id),
    secret_sha256 bytea not null check (length(secret_sha256) = 32),
    label text check (length(label) between 1 and 200),
    issued_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
create index source_key_source on ops.source_key (source_id);
comment on table ops.source_key is 'Keys by which the gateway knows a source. Grain: one key. The secret itself is kept nowhere.';
comment on column ops.source_key.key_id is 'The readable part of the key: arna_<key_id>_<secret>.';
comment on column ops.source_key.source_id is 'Whose events it lets in.';
comment on column ops.source_key.secret_sha256 is 'SHA-256 of the secret part, 32 random bytes in base64url.';
comment on column ops.source_key.label is 'What an engineer calls it, for instance the machine that holds it.';
comment on column ops.source_key.issued_at is 'When it was issued.';
comment on column ops.source_key.expires_at is 'When it stops to be valid by itself; null is never.';
comment on column ops.source_key.revoked_at is 'When it was revoked; null is valid.';
comment on column ops.source_key.last_used_at is 'When the gateway last let it in, to about a minute; null is never.';

do $$
begin
    -- Roles belong to the whole server, so a second database of the same server finds it made.
    create role arna_gateway login;
exception
    when duplicate_object or unique_violation then null;
end
$$;

grant usage on schema ops to arna_gateway;
grant select (
    source_id,
    source_uri,
    name,
    entities,
    achievement_types,
    language_code,
    is_enabled,
    requests_per_second,
    events_per_second,
    max_batch_events
) on ops.source to arna_gateway;
grant select (key_id, source_id, secret_sha256, expires_at, revoked_at) on ops.source_key to arna_gateway;
grant update (last_used_at) on ops.source_key to arna_gateway;
grant select (key_id, source_id, label, issued_at, expires_at, revoked_at, last_used_at) on ops.source_key to arna_engineer;
-- Receipts come from functions that read one source's alone; which source it is, the key decides.
grant execute on function ops.list_receipts(integer, bigint, bigint, text, integer) to arna_gateway;
grant execute on function ops.last_receipt_group(integer) to arna_gateway;
grant execute on function ops.sum_receipts(integer, bigint[]) to arna_gateway;
