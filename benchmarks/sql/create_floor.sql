-- purpose: where the floor of the landing benchmark puts raw bytes
-- grain: one Kafka offset
-- key: partition, offset
drop table if exists public.floor_event, public.floor_offset;
create table public.floor_event (
    partition integer not null,
    "offset" bigint not null,
    message_key bytea,
    message_value bytea,
    primary key (partition, "offset")
);
create table public.floor_offset (
    partition integer primary key,
    next_offset bigint not null
);
