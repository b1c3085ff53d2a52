"""Recomputes vectors.json from docs/records.md, sharing no code with the TypeScript: the second of two languages."""

import datetime
import hashlib
import hmac
import json
import os
import sys
import urllib.parse
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
NAMESPACE = uuid.UUID("0b8f6a0e-5c1d-4e57-9a3e-7d2c41f6b9a1")


def utf8(text):
    """UTF-8, with a lone surrogate as EF BF BD."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "replace").encode("utf-8")


def netstrings(parts):
    return b"".join(b"%d:%s," % (len(part), part) for part in parts)


def name_based(parts):
    digest = bytearray(hashlib.sha1(NAMESPACE.bytes + netstrings([utf8(part) for part in parts])).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return digest.hex()


def event_id(vector):
    parts = ["e1", vector["sourceId"], vector["basis"], *vector["parts"], vector["entity"], vector["qualifier"], str(vector["correction"])]
    return "evt_" + name_based(parts)


def request_id(vector):
    return "req_" + name_based(["r1", vector["cause"], vector["handler"], vector["qualifier"]])


def occasion_id(vector):
    return "evt_" + name_based(["n1", vector["schema"], vector["template"], vector["subject"], vector["occurrence"]])


def letter_id(vector):
    place = vector.get("place")
    named = [vector["eventId"]] if place is None else [place["topic"], str(place["partition"]), str(place["offset"])]
    return "ltr_" + name_based(["l1", vector["group"], *named])


def cause_id(vector):
    return "cau_" + name_based(["c1", vector["code"], vector["class"], vector["frame"], vector["constraint"]])


def record_key(parts):
    return ":".join(urllib.parse.quote(utf8(part), safe="!'()*-._~") for part in parts)


def personal_digest(vector):
    values = sorted(utf8(value) for value in vector["values"])
    message = netstrings([b"k1", utf8(vector["tenantId"]), *values])
    return hmac.new(bytes.fromhex(vector["installationKeyHex"]), message, hashlib.sha256).hexdigest()


def version(vector):
    sequence = vector.get("providerSequence")
    return "%02d.%015d.%016d.%02d.%03d.%012x%s" % (
        vector["lead"],
        vector["occurredAtMs"],
        0 if sequence is None else sequence + 1,
        vector["step"],
        vector["correction"],
        vector["receivedAtMs"],
        vector["eventId"][4:24],
    )


class Number:
    """A number as it was written."""

    def __init__(self, text):
        self.text = text


def canonical(value):
    if isinstance(value, Number):
        return value.text
    if isinstance(value, str):
        return json.dumps(utf8(value).decode("utf-8"), ensure_ascii=False)
    if isinstance(value, dict):
        members = sorted((utf8(name), canonical(name) + ":" + canonical(member)) for name, member in value.items())
        return "{" + ",".join(text for _, text in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    return {None: "null", True: "true", False: "false"}[value]


class Avro:
    """As much of an Avro reader as the schemas of Trunkline need."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, length):
        taken = self.data[self.at : self.at + length]
        assert len(taken) == length, "the record ends too early"
        self.at += length
        return taken

    def long(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value >> 1 ^ -(value & 1)

    def read(self, schema):
        if isinstance(schema, list):
            return self.read(schema[self.long()])
        kind = schema["type"] if isinstance(schema, dict) else schema
        if kind == "null":
            return None
        if kind == "boolean":
            return self.take(1) == b"\x01"
        if kind in ("int", "long"):
            return self.long()
        if kind == "string":
            return self.take(self.long()).decode("utf-8")
        if kind == "bytes":
            return self.take(self.long())
        if kind == "record":
            return {field["name"]: self.read(field["type"]) for field in schema["fields"]}
        if kind == "array":
            items = []
            while (count := self.long()) != 0:
                if count < 0:
                    count = -count
                    self.long()
                items.extend(self.read(schema["items"]) for _ in range(count))
            return items
        raise AssertionError("a type this reader does not know: %r" % (kind,))


def read_record(vector):
    data = bytes.fromhex(vector["hex"])
    with open(os.path.join(HERE, "../../schemas/released", vector["schema"]), encoding="utf-8") as file:
        schema = json.load(file)
    reader = Avro(data)
    assert reader.take(1) == b"\x00" and int.from_bytes(reader.take(4), "big") == vector["schemaId"], "the prefix differs"
    record = reader.read(schema)
    assert reader.at == len(data), "bytes are left over"
    return record


def request(vector):
    """Key, id and headers by the rules, and what the bytes say; the last of the headers is of the release that wrote it."""
    topic, tenant, payload = vector["topic"], vector["tenantId"], vector["payload"]
    given = lambda *names: [payload[name] for name in names if payload.get(name)]
    if topic == "notifications.request.v1":
        digest = lambda value: personal_digest({**vector, "values": [value]})
        parts = given("recipientId") or [digest(value) for value in given("recipientAddress")]
    elif topic == "calendar.sync_request.v1":
        parts = given("sourceId", "resourceId")
    else:
        parts = given("addressDigest") or given("provider", "account", "entityKind", "entityId")
    key = record_key([tenant, *parts])
    id = request_id(vector)
    time = datetime.datetime.fromtimestamp(vector["requestedAtMs"] / 1000, datetime.timezone.utc)
    record = read_record(vector)
    metadata = record.pop("metadata")
    said = {name: value for name, value in record.items() if value is not None}
    return [
        id,
        key,
        {
            "ce_specversion": "1.0",
            "ce_id": id,
            "ce_source": "/tenants/%s/groups/%s" % (tenant, vector["group"]),
            "ce_type": vector["type"],
            "ce_time": time.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (vector["requestedAtMs"] % 1000),
            "ce_dataschema": "urn:trunkline:schema:%s:1" % vector["schema"].split("/")[0],
            "ce_partitionkey": key,
            "content-type": "application/avro",
        },
        [metadata[name] for name in ("requestId", "type", "tenantId", "causedBy", "requestedAt")],
        said,
    ]


def expected_request(vector):
    names = ("id", "type", "tenantId", "causedBy", "requestedAtMs")
    return [vector["id"], vector["key"], vector["headers"], [vector[name] for name in names], vector["payload"]]


def wire(vector):
    """What the bytes say, in the words of the draft they were made from."""
    record = read_record(vector)
    metadata = record.pop("metadata")
    draft = vector["draft"]
    return {
        "payload": record == draft["payload"],
        "type": metadata["type"] == draft["type"],
        "entity": [metadata["entityKind"], metadata["entityId"]] == [draft["entity"]["kind"], draft["entity"]["id"]],
        "occurredAt": metadata["occurredAt"] == draft["occurred"]["at"],
        "statedFields": metadata["statedFields"] == draft["statedFields"],
        "eventId": metadata["eventId"][4:24] == metadata["entityVersion"][-20:],
        "receivedAt": "%012x" % metadata["receivedAt"] == metadata["entityVersion"][-32:-20],
    }


def main():
    with open(os.path.join(HERE, "vectors.json"), encoding="utf-8") as file:
        vectors = json.load(file)
    wrong = []
    count = 0

    def compare(name, expected, actual):
        nonlocal count
        count += 1
        if expected != actual:
            wrong.append("%s: expected %s, computed %s" % (name, ascii(expected), ascii(actual)))

    for vector in vectors["eventIds"]:
        compare("event id", vector["id"], event_id(vector))
    for vector in vectors["requestIds"]:
        compare("request id", vector["id"], request_id(vector))
    for vector in vectors["occasionIds"]:
        compare("occasion id", vector["id"], occasion_id(vector))
    for vector in vectors["letterIds"]:
        compare("letter id", vector["id"], letter_id(vector))
    for vector in vectors["causeIds"]:
        compare("cause id", vector["id"], cause_id(vector))
    for vector in vectors["keys"]:
        compare("record key", vector["key"], record_key(vector["parts"]))
    for vector in vectors["digests"]:
        compare("digest", vector["digest"], personal_digest(vector))
    for vector in vectors["versions"]:
        compare("version", vector["version"], version(vector))
    for vector in vectors["canonical"]:
        text = canonical(json.loads(vector["json"], parse_int=Number, parse_float=Number))
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        compare("canonical text", [vector["text"], vector["sha256"]], [text, digest])
    for vector in vectors["wire"]:
        compare("wire", {True}, set(wire(vector).values()))
    for vector in vectors["requests"]:
        compare("request", expected_request(vector), request(vector))
    if wrong:
        sys.exit("\n".join(wrong))
    print("%d vectors agree" % count)


main()
