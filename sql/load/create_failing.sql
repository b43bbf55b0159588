-- purpose: the failing rows of the batch, gathered rule by rule
-- grain: one failing row of one rule
-- key: position, topic_id, partition, offset
create temporary table failing (
    rule_id text not null,
    is_critical boolean not null,
    position integer not null,
    topic_id uuid not null,
    partition integer not null,
    "offset" bigint not null
) on commit drop
