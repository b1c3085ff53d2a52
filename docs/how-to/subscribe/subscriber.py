"""Keeps the newest state of every payment: a subscriber of payments.payment.v1 on confluent-kafka, and nothing of ours."""

import json
import os
import signal
import sqlite3
import struct
import sys
from datetime import datetime

from confluent_kafka import Consumer, KafkaException
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext, SerializationError

TOPIC = os.environ.get("TOPIC", "payments.payment.v1")
BATCH = 500

TABLES = """
CREATE TABLE IF NOT EXISTS seen (ce_id TEXT PRIMARY KEY, seen_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE IF NOT EXISTS state (
  entity TEXT, field TEXT, value TEXT, version TEXT NOT NULL, PRIMARY KEY (entity, field)
);
CREATE TABLE IF NOT EXISTS parked (
  topic TEXT, partition INTEGER, offset INTEGER, reason TEXT, value BLOB, parked_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (topic, partition, offset)
);
"""
# What reading bytes that are no record ends with. A registry that does not answer is none of these: then we stop.
UNREADABLE = (SerializationError, ArithmeticError, AttributeError, EOFError, LookupError, TypeError, ValueError, struct.error)
# The greater version wins. SQLite compares text as bytes; in Postgres add COLLATE "C".
WRITE = """
INSERT INTO state (entity, field, value, version) VALUES (?, ?, ?, ?)
ON CONFLICT (entity, field) DO UPDATE SET value = excluded.value, version = excluded.version
WHERE excluded.version > state.version
"""


def main():
    database = sqlite3.connect(os.environ.get("STATE", "payments.db"))
    database.executescript(TABLES)
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": os.environ["REGISTRY_URL"]}))
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ["KAFKA_BROKERS"],
            "group.id": os.environ["GROUP"],
            # A new group reads what the topic still has, not only what comes from now on.
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.append(True))
    consumer.subscribe([TOPIC])
    try:
        while not stopping:
            messages = consumer.consume(num_messages=BATCH, timeout=0.5)
            if not messages:
                continue
            with database:  # One transaction, rolled back when anything in it fails.
                lines = [line for message in messages for line in apply(database, deserialize, message)]
            for line in lines:
                print(json.dumps(line), flush=True)
            commit(consumer)
    finally:
        consumer.close()
        database.close()


def apply(database, deserialize, message):
    """Applies one record. Gives the line to print, or nothing for a record that was applied before or is parked."""
    if message.error():
        raise KafkaException(message.error())
    try:
        headers, event = read(deserialize, message)
    except UNREADABLE as error:
        park(database, message, error)
        return
    is_new = database.execute("INSERT OR IGNORE INTO seen (ce_id) VALUES (?)", (headers["ce_id"],)).rowcount == 1
    if not is_new:
        return
    metadata = event["metadata"]
    entity = json.dumps([metadata[part] for part in ("tenantId", "provider", "account", "entityKind", "entityId")])
    written = 0
    # What an event does not state it does not know; null in what it states means cleared.
    for field in metadata["statedFields"]:
        value = json.dumps(event[field], default=datetime.isoformat)
        written += database.execute(WRITE, (entity, field, value, metadata["entityVersion"])).rowcount
    yield {
        "ceId": headers["ce_id"],
        "type": headers["ce_type"],
        "subject": headers["ce_subject"],
        "status": event["status"],
        "amount": event["amount"],
        "currency": event["currency"],
        "occurredAt": metadata["occurredAt"].isoformat(),
        "outcome": "applied" if written > 0 else "stale",
    }


def read(deserialize, message):
    """Headers and record; one of UNREADABLE for what is not a record of ours, such as a tombstone or somebody's JSON."""
    headers = {name: value.decode() for name, value in message.headers() or []}
    missing = [name for name in ("ce_id", "ce_type", "ce_subject") if name not in headers]
    if missing:
        raise ValueError(f"no header {missing[0]}")
    try:
        event = deserialize(message.value(), SerializationContext(message.topic(), MessageField.VALUE))
    except SchemaRegistryError as error:
        if error.http_status_code == 404:
            raise ValueError(str(error)) from error
        raise
    if event is None:
        raise ValueError("no value")
    return headers, event


def park(database, message, error):
    """Keeps a record that nobody can read, in the transaction that goes on behind it: not lost, and not in the way."""
    place = (message.topic(), message.partition(), message.offset())
    database.execute(
        "INSERT OR IGNORE INTO parked (topic, partition, offset, reason, value) VALUES (?, ?, ?, ?, ?)",
        (*place, repr(error), message.value()),
    )
    print(f"cannot read {'/'.join(map(str, place))}: {error!r}; parked", file=sys.stderr, flush=True)


def commit(consumer):
    """Says to Kafka what is done: only now, when its effect is durable."""
    try:
        consumer.commit(asynchronous=False)
    except KafkaException as error:
        # Another member has the partition now and reads these records again, which ce_id makes harmless.
        print(f"not committed: {error}", file=sys.stderr)


main()
