-- purpose: landed events by entity, and the vault
-- grain: raw: one Kafka offset; vault.person: one person
-- key: raw: topic_id, partition, offset (landed_at is in the key only because PostgreSQL wants the partition column there)
create table raw.event (
    topic_id uuid not null,
    partition integer not null,
    "offset" bigint not null,
    landed_at timestamptz not null default now(),
    event_id uuid not null,
    source_id integer not null,
    subject text not null,
    action text not null,
    record_version bigint not null,
    occurred_at timestamptz not null,
    payload_sha256 bytea not null,
    data json not null
);

create table raw.enrolment (like raw.event including defaults, primary key (topic_id, partition, "offset", landed_at)) partition by range (landed_at);
create table raw.certification (like raw.event including defaults, primary key (topic_id, partition, "offset", landed_at)) partition by range (landed_at);
create table raw.vacancy (like raw.event including defaults, primary key (topic_id, partition, "offset", landed_at)) partition by range (landed_at);
drop table raw.event;

do $$
declare
    entity text;
begin
    foreach entity in array array['enrolment', 'certification', 'vacancy']
    loop
        execute format('comment on table raw.%I is %L', entity, 'Landed ' || entity || ' events, append-only. Grain: one Kafka offset.');
        execute format('comment on column raw.%I.topic_id is %L', entity, 'Topic incarnation.');
        execute format('comment on column raw.%I.partition is %L', entity, 'Kafka partition.');
        execute format('comment on column raw.%I."offset" is %L', entity, 'Kafka offset.');
        execute format('comment on column raw.%I.landed_at is %L', entity, 'Start of the landing transaction.');
        execute format('comment on column raw.%I.event_id is %L', entity, 'CloudEvents id.');
        execute format('comment on column raw.%I.source_id is %L', entity, 'Registered source.');
        execute format('comment on column raw.%I.subject is %L', entity, 'The entity''s id at its source.');
        execute format('comment on column raw.%I.action is %L', entity, 'Past action of the event type.');
        execute format('comment on column raw.%I.record_version is %L', entity, 'recordversion: raised by the source at each change of the subject.');
        execute format('comment on column raw.%I.occurred_at is %L', entity, 'CloudEvents time: when it happened.');
        execute format('comment on column raw.%I.payload_sha256 is %L', entity, 'SHA-256 of the message as it came.');
        execute format('comment on column raw.%I.data is %L', entity, 'The event''s data as sent, each IIN replaced by its token.');
    end loop;
end
$$;

create function ops.ensure_raw_partitions(at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, raw
as $$
declare
    entity text;
    month_start timestamptz;
begin
    -- One at a time: two landers that start together would both try to create the month.
    perform pg_advisory_xact_lock(hashtext('ops.ensure_raw_partitions'));
    foreach entity in array array['enrolment', 'certification', 'vacancy']
    loop
        foreach month_start in array array[
            date_trunc('month', at, 'UTC'),
            date_trunc('month', date_trunc('month', at, 'UTC') + interval '32 days', 'UTC')
        ]
        loop
            execute format(
                'create table if not exists raw.%I partition of raw.%I for values from (%L) to (%L)',
                entity || to_char(month_start at time zone 'UTC', '_YYYY_MM'), entity, month_start,
                date_trunc('month', month_start + interval '32 days', 'UTC')
            );
        end loop;
    end loop;
end
$$;
comment on function ops.ensure_raw_partitions(timestamptz) is 'Creates the raw partitions of the month of the given time and of the month after it.';
select ops.ensure_raw_partitions(now());

create table vault.person (
    token uuid primary key,
    person_id uuid not null default gen_random_uuid(),
    token_key_id text not null,
    iin_encrypted bytea not null,
    key_id text not null,
    created_at timestamptz not null default now()
);
comment on table vault.person is 'National identity numbers, encrypted. Grain: one number.';
comment on column vault.person.token is 'First 128 bits of HMAC-SHA-256(token key, IIN) as a UUID: stands for the IIN everywhere else.';
comment on column vault.person.person_id is 'Random id, for uses that must not be linkable to the token.';
comment on column vault.person.token_key_id is 'Id of the key that made the token.';
comment on column vault.person.iin_encrypted is 'Nonce (12 bytes), AES-256-GCM ciphertext and tag; the token is the associated data.';
comment on column vault.person.key_id is 'Id of the key that encrypted it.';
comment on column vault.person.created_at is 'When the number was first seen.';

grant select, insert on raw.enrolment, raw.certification, raw.vacancy to arna_lander;
grant select on raw.enrolment, raw.certification, raw.vacancy to arna_loader;
grant select (token, key_id, token_key_id), insert on vault.person to arna_lander;
grant execute on function ops.ensure_raw_partitions(timestamptz) to arna_lander;
revoke execute on function ops.ensure_raw_partitions(timestamptz) from public;
