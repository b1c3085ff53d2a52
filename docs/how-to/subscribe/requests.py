"""Reads wishes that somebody be told something: a subscriber of notifications.request.v1, and nothing of ours."""

import json
import os
import signal
import sqlite3
from datetime import datetime, timezone

from confluent_kafka import Consumer, KafkaException
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

TOPIC = os.environ.get("TOPIC", "notifications.request.v1")


def main():
    database = sqlite3.connect(os.environ.get("STATE", "requests.db"))
    database.execute("CREATE TABLE IF NOT EXISTS seen (ce_id TEXT PRIMARY KEY)")
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": os.environ["REGISTRY_URL"]}))
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ["KAFKA_BROKERS"],
            "group.id": os.environ["GROUP"],
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
            message = consumer.poll(0.5)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            headers = {name: value.decode() for name, value in message.headers() or []}
            request = deserialize(message.value(), SerializationContext(message.topic(), MessageField.VALUE))
            with database:
                is_new = database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (headers["ce_id"],)).rowcount == 1
            if is_new:
                print(json.dumps(line(headers, message, request)), flush=True)
            consumer.commit(message=message, asynchronous=False)
    finally:
        consumer.close()
        database.close()


def line(headers, message, request):
    not_after = request["notAfter"]
    is_late = not_after is not None and not_after < datetime.now(timezone.utc)
    return {
        "ceId": headers["ce_id"],
        "askedBy": headers["ce_source"],
        "key": message.key().decode(),
        "causedBy": request["metadata"]["causedBy"],
        "recipient": request["recipientId"],
        "template": request["template"],
        # Pass ce_id on as idempotency key to whatever sends it; what is past its notAfter is done by telling nobody.
        "outcome": "expired" if is_late else "to_send",
    }


main()
