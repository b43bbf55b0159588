"""The HTTP gateway: events in by POST, each with its own answer, 202 only for what Kafka has on all its replicas."""
