-- purpose: registry of sources, offsets, batches, rejections, outbox and validation results
-- grain: see each table
-- key: see each table
create table ops.source (
    source_id integer generated always as identity primary key,
    source_uri text not null unique check (source_uri = trim(source_uri) and length(source_uri) between 5 and 256),
    bin text check (bin ~ '^[0-9]{12}$'),
    name text not null,
    contact text,
    entities text[] not null check (entities <@ array['enrolment', 'certification', 'vacancy'] and cardinality(entities) > 0),
    achievement_types text[],
    language_code text not null default 'ru' check (language_code in ('kk', 'ru', 'en')),
    is_enabled boolean not null default true,
    registered_at timestamptz not null default now(),
    disabled_at timestamptz
);
comment on table ops.source is 'Who may publish what. Grain: one source system. An event of a source that is not here is rejected as source_unknown.';
comment on column ops.source.source_id is 'Number of the source in this warehouse.';
comment on column ops.source.source_uri is 'CloudEvents source, normally urn:kz:bin:<BIN>.';
comment on column ops.source.bin is 'Business identification number of the publishing body.';
comment on column ops.source.name is 'Name of the body or system.';
comment on column ops.source.contact is 'Whom to ask about its data.';
comment on column ops.source.entities is 'Entities the source may publish.';
comment on column ops.source.achievement_types is 'Open Badges achievement types the source may issue; null means any.';
comment on column ops.source.language_code is 'Language of the messages it gets: kk, ru or en.';
comment on column ops.source.is_enabled is 'False: its events are rejected as source_disabled.';
comment on column ops.source.registered_at is 'When it was registered.';
comment on column ops.source.disabled_at is 'When it was disabled.';

create table ops.landing_offset (
    topic_id uuid not null,
    partition integer not null,
    topic_name text not null,
    entity text not null,
    start_offset bigint not null,
    next_offset bigint not null,
    claimed_offset bigint not null,
    updated_at timestamptz not null default now(),
    primary key (topic_id, partition),
    check (start_offset <= claimed_offset and claimed_offset <= next_offset)
);
comment on table ops.landing_offset is 'Where the landers stand; the truth about offsets. Grain: one partition of one incarnation of a topic.';
comment on column ops.landing_offset.topic_id is 'UUID that Kafka gave the topic; a recreated topic has another.';
comment on column ops.landing_offset.partition is 'Kafka partition.';
comment on column ops.landing_offset.topic_name is 'Name of the topic.';
comment on column ops.landing_offset.entity is 'Entity the topic carries.';
comment on column ops.landing_offset.start_offset is 'First offset this warehouse is answerable for.';
comment on column ops.landing_offset.next_offset is 'Offset to land next; moved by compare-and-set in the landing transaction, never back.';
comment on column ops.landing_offset.claimed_offset is 'Offsets below it belong to a batch.';
comment on column ops.landing_offset.updated_at is 'When the row last moved.';

create table ops.offset_gap (
    topic_id uuid not null,
    partition integer not null,
    from_offset bigint not null,
    to_offset bigint not null,
    reason text not null check (reason in ('retention', 'control', 'topic_recreated')),
    declared_at timestamptz not null default now(),
    primary key (topic_id, partition, from_offset),
    check (from_offset < to_offset)
);
comment on table ops.offset_gap is 'Offsets that hold no event for us, declared. Grain: one run of missing offsets.';
comment on column ops.offset_gap.topic_id is 'Topic incarnation.';
comment on column ops.offset_gap.partition is 'Kafka partition.';
comment on column ops.offset_gap.from_offset is 'First missing offset.';
comment on column ops.offset_gap.to_offset is 'Offset after the last missing one.';
comment on column ops.offset_gap.reason is 'retention: deleted before we read it (an alarm); control: transaction markers or compaction; topic_recreated: the topic was made anew.';
comment on column ops.offset_gap.declared_at is 'When the gap was found.';

create table ops.batch (
    batch_id bigint generated always as identity primary key,
    entity text not null,
    state text not null default 'claimed' check (state in ('claimed', 'validated', 'held', 'loaded', 'discarded')),
    event_count bigint not null default 0,
    is_released boolean not null default false,
    held_rules text[] not null default '{}',
    claimed_at timestamptz not null default now(),
    validated_at timestamptz,
    settled_at timestamptz,
    note text
);
create index batch_open on ops.batch (entity, batch_id) where state in ('claimed', 'validated', 'held');
comment on table ops.batch is 'A frozen set of offset ranges that is validated and loaded as one. Grain: one batch.';
comment on column ops.batch.batch_id is 'Number of the batch.';
comment on column ops.batch.entity is 'Entity of all its events.';
comment on column ops.batch.state is 'claimed, validated, held (a batch rule failed), loaded, discarded (all rejected by an engineer).';
comment on column ops.batch.event_count is 'Events in raw within its ranges.';
comment on column ops.batch.is_released is 'An engineer released it: batch rules no longer hold it.';
comment on column ops.batch.held_rules is 'Batch rules that failed.';
comment on column ops.batch.claimed_at is 'When its ranges were frozen.';
comment on column ops.batch.validated_at is 'When its rows were last checked.';
comment on column ops.batch.settled_at is 'When it was loaded or discarded.';
comment on column ops.batch.note is 'What the engineer said when releasing or discarding it.';

create table ops.batch_range (
    batch_id bigint not null references ops.batch (batch_id),
    topic_id uuid not null,
    partition integer not null,
    from_offset bigint not null,
    to_offset bigint not null,
    primary key (topic_id, partition, from_offset),
    check (from_offset < to_offset)
);
create index batch_range_batch on ops.batch_range (batch_id);
comment on table ops.batch_range is 'Offsets of a batch. Grain: one run of offsets of one partition.';
comment on column ops.batch_range.batch_id is 'The batch.';
comment on column ops.batch_range.topic_id is 'Topic incarnation.';
comment on column ops.batch_range.partition is 'Kafka partition.';
comment on column ops.batch_range.from_offset is 'First offset.';
comment on column ops.batch_range.to_offset is 'Offset after the last.';

create table ops.duplicate (
    topic_id uuid not null,
    partition integer not null,
    "offset" bigint not null,
    batch_id bigint not null references ops.batch (batch_id),
    source_id integer not null,
    entity text not null,
    event_id uuid not null,
    primary key (topic_id, partition, "offset")
);
create index duplicate_batch on ops.duplicate (batch_id);
comment on table ops.duplicate is 'Events that said again what was already said. Grain: one offset.';
comment on column ops.duplicate.topic_id is 'Topic incarnation.';
comment on column ops.duplicate.partition is 'Kafka partition.';
comment on column ops.duplicate.offset is 'Kafka offset.';
comment on column ops.duplicate.batch_id is 'Batch that found it.';
comment on column ops.duplicate.source_id is 'Source of the event.';
comment on column ops.duplicate.entity is 'Entity of the event.';
comment on column ops.duplicate.event_id is 'Id of the event.';

create table ops.rejection (
    rejection_id bigint generated always as identity primary key,
    entity text not null,
    stage text not null check (stage in ('landing', 'load')),
    rejection_class text not null,
    rule_id text not null,
    also_failed text[] not null default '{}',
    severity text not null default 'critical',
    pointer text not null default '',
    message_kk text not null,
    message_ru text not null,
    message_en text not null,
    topic_id uuid not null,
    topic_name text not null,
    partition integer not null,
    "offset" bigint not null,
    batch_id bigint references ops.batch (batch_id),
    event_id uuid,
    source_id integer,
    source_uri text,
    payload_encrypted bytea,
    key_id text,
    payload_sha256 bytea not null,
    release text not null,
    attempts integer not null default 1,
    state text not null default 'open' check (state in ('open', 'replayed', 'discarded')),
    rejected_at timestamptz not null default now(),
    unique (topic_id, partition, "offset"),
    check ((stage = 'load') = (batch_id is not null))
);
create index rejection_batch on ops.rejection (batch_id);
comment on table ops.rejection is 'Events refused, each with its reason. Grain: one offset. Messages hold no value of the event.';
comment on column ops.rejection.rejection_id is 'Number of the rejection.';
comment on column ops.rejection.entity is 'Entity of the topic it came on.';
comment on column ops.rejection.stage is 'landing: never reached raw; load: in raw, refused by a rule of the batch.';
comment on column ops.rejection.rejection_class is 'Class after the contract, for example json_syntax or rule_failed.';
comment on column ops.rejection.rule_id is 'The rule that refused it.';
comment on column ops.rejection.also_failed is 'Further rules the event breaks.';
comment on column ops.rejection.severity is 'critical; warnings do not reject.';
comment on column ops.rejection.pointer is 'JSON pointer to the field, made of contract names only.';
comment on column ops.rejection.message_kk is 'The reason in Kazakh.';
comment on column ops.rejection.message_ru is 'The reason in Russian.';
comment on column ops.rejection.message_en is 'The reason in English.';
comment on column ops.rejection.topic_id is 'Topic incarnation.';
comment on column ops.rejection.topic_name is 'Name of the topic.';
comment on column ops.rejection.partition is 'Kafka partition.';
comment on column ops.rejection.offset is 'Kafka offset.';
comment on column ops.rejection.batch_id is 'Batch that refused it; null at landing.';
comment on column ops.rejection.event_id is 'Id of the event where it could be read.';
comment on column ops.rejection.source_id is 'Registered source where it could be told.';
comment on column ops.rejection.source_uri is 'Source where it could be read and holds no personal number.';
comment on column ops.rejection.payload_encrypted is 'The message as it came, AES-GCM; null at load, where raw holds it.';
comment on column ops.rejection.key_id is 'Id of the key that encrypted it.';
comment on column ops.rejection.payload_sha256 is 'SHA-256 of the message, for its publisher to find it.';
comment on column ops.rejection.release is 'Release of Arna that refused it.';
comment on column ops.rejection.attempts is 'How often it was tried.';
comment on column ops.rejection.state is 'open, replayed or discarded.';
comment on column ops.rejection.rejected_at is 'When it was refused.';

create table ops.outbox (
    outbox_id bigint generated always as identity primary key,
    topic_name text not null,
    message_key text not null,
    headers jsonb not null,
    created_at timestamptz not null default now(),
    sent_at timestamptz
);
create index outbox_unsent on ops.outbox (outbox_id) where sent_at is null;
comment on table ops.outbox is 'Messages to publish, written in the transaction that gave rise to them. Grain: one message.';
comment on column ops.outbox.outbox_id is 'Order of writing.';
comment on column ops.outbox.topic_name is 'Where it goes.';
comment on column ops.outbox.message_key is 'Kafka key.';
comment on column ops.outbox.headers is 'Kafka headers, text to text; the message has no body.';
comment on column ops.outbox.created_at is 'When it was written.';
comment on column ops.outbox.sent_at is 'When Kafka acknowledged it; null is waiting.';

create function ops.announce_rejections() returns trigger
language plpgsql security definer set search_path = pg_catalog, ops
as $$
begin
    -- Header names follow Kafka Connect's dead-letter queue, so its tools can read them.
    insert into ops.outbox (topic_name, message_key, headers)
    select
        'dlq.' || r.topic_name,
        r.topic_id::text || '-' || r.partition || '-' || r."offset",
        jsonb_strip_nulls(jsonb_build_object(
            '__connect.errors.topic', r.topic_name,
            '__connect.errors.partition', r.partition::text,
            '__connect.errors.offset', r."offset"::text,
            '__connect.errors.stage', r.stage,
            '__connect.errors.class.name', r.rejection_class,
            '__connect.errors.exception.message', r.rule_id || ' at ' || coalesce(nullif(r.pointer, ''), '/'),
            'arna.rejection.id', r.rejection_id::text,
            'arna.rejection.rule', r.rule_id,
            'arna.rejection.pointer', r.pointer,
            'arna.rejection.sha256', encode(r.payload_sha256, 'hex'),
            'arna.topic.id', r.topic_id::text,
            'arna.event.id', r.event_id::text,
            'arna.event.source', r.source_uri,
            'arna.release', r.release
        ))
    from inserted as r
    order by r.rejection_id;
    return null;
end
$$;
comment on function ops.announce_rejections() is 'Writes one dead-letter message per rejection into the outbox, in the same transaction (invariant C8).';
create trigger rejection_announced
after insert on ops.rejection
referencing new table as inserted
for each statement execute function ops.announce_rejections();

create table ops.validation (
    validation_id bigint generated always as identity primary key,
    batch_id bigint references ops.batch (batch_id),
    entity text not null,
    suite_name text not null,
    rule_id text not null,
    expectation_type text not null,
    severity text not null,
    is_success boolean not null,
    evaluated_count bigint,
    unexpected_count bigint,
    validated_at timestamptz not null default now()
);
create index validation_batch on ops.validation (batch_id);
comment on table ops.validation is 'What Great Expectations found, without values. Grain: one expectation of one run.';
comment on column ops.validation.validation_id is 'Number of the result.';
comment on column ops.validation.batch_id is 'Batch that was checked.';
comment on column ops.validation.entity is 'Entity of the batch, or the mart.';
comment on column ops.validation.suite_name is 'Suite that was run.';
comment on column ops.validation.rule_id is 'Stable id of the rule.';
comment on column ops.validation.expectation_type is 'Kind of expectation.';
comment on column ops.validation.severity is 'critical, warning or info.';
comment on column ops.validation.is_success is 'Whether it held.';
comment on column ops.validation.evaluated_count is 'Rows looked at.';
comment on column ops.validation.unexpected_count is 'Rows that broke it.';
comment on column ops.validation.validated_at is 'When it was run.';

grant select on ops.source to arna_lander, arna_loader;
grant select, insert, update on ops.landing_offset to arna_lander;
grant select, insert on ops.offset_gap, ops.rejection to arna_lander;
grant select, update on ops.outbox to arna_lander;
grant select, update on ops.landing_offset to arna_loader;
grant select on ops.offset_gap to arna_loader;
grant select, insert, update on ops.batch to arna_loader;
grant select, insert on ops.batch_range, ops.duplicate, ops.rejection to arna_loader;
grant select, insert, delete on ops.validation to arna_loader;
grant select on ops.outbox to arna_loader;
grant select on all tables in schema ops to arna_engineer;
