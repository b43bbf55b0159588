"""The floor of the landing benchmark: kafka-python to psycopg COPY in one process, and nothing is checked.

Run as a process of its own, ``python -m benchmarks.floor BOOTSTRAP URL TOPIC EVENTS``, so that it is as fresh as a
worker; prints a line of JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter, process_time

import psycopg
from kafka import KafkaConsumer, TopicPartition

from arna.warehouse.database import connection_string

_SQL = Path(__file__).parent / "sql"


def land_raw(bootstrap_servers: str, url: str, topic: str, events: int) -> dict[str, float]:
    """Takes that many messages from the start of a topic into a keyed table, with their offsets in the transaction.

    Returns:
        Wall and CPU seconds from the first poll to the last commit.
    """
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers.split(","),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=5_000,
        metrics_enabled=False,
    )
    copy_sql = (_SQL / "copy_floor.sql").read_bytes()
    move_sql = (_SQL / "move_floor_offset.sql").read_bytes()
    with psycopg.connect(connection_string(url)) as connection:
        connection.execute((_SQL / "create_floor.sql").read_bytes())
        connection.commit()
        partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, 0)
        landed, started, cpu = 0, perf_counter(), process_time()
        while landed < events:
            polled = consumer.poll(timeout_ms=1_000)
            with connection.cursor() as cursor:
                with cursor.copy(copy_sql) as copy:
                    copy.set_types(("int4", "int8", "bytea", "bytea"))
                    for records in polled.values():
                        for record in records:
                            copy.write_row((record.partition, record.offset, record.key, record.value))
                moves = [
                    {"partition": partition.partition, "next_offset": records[-1].offset + 1}
                    for partition, records in polled.items()
                ]
                cursor.executemany(move_sql, moves)
            connection.commit()
            landed += sum(map(len, polled.values()))
        result = {"seconds": perf_counter() - started, "cpu_seconds": process_time() - cpu}
    consumer.close()
    return result


if __name__ == "__main__":
    sys.stdout.write(json.dumps(land_raw(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))) + "\n")
