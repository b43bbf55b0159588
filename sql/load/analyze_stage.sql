-- purpose: tell the planner how large the batch is; only the columns that joins and filters read
-- grain: none
-- key: none
analyze stage."{entity}" (source_id, "{subject}", record_version, event_id, topic_id, partition, "offset", is_duplicate, failures)
