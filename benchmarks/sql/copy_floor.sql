-- purpose: the floor's COPY
-- grain: one Kafka offset
-- key: partition, offset
copy public.floor_event (partition, "offset", message_key, message_value) from stdin (format binary); -- noqa: PRS
