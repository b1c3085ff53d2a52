-- The index of every step (docs/adr/0016-the-journal.md). One row is one Kafka record; appended with COPY into the partition of its day,
-- read through the parents, whose policy holds (packages/postgres/src/partitions). No payload is in here.

-- What rows refer to by number: kind is topic, type, source, group, code.
CREATE TABLE journal.name (
  id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  name text NOT NULL,
  UNIQUE (kind, name)
);

-- How far each partition is indexed. The row is locked while a batch of it is written, so a record is indexed once.
CREATE TABLE journal.position (
  topic    integer NOT NULL REFERENCES journal.name,
  part     integer NOT NULL,
  next_off bigint NOT NULL,
  PRIMARY KEY (topic, part)
);

-- One record on a domain topic. The columns stand by their alignment: 190 bytes a row.
CREATE TABLE journal.event (
  appended_at    timestamptz NOT NULL,
  off            bigint NOT NULL,
  key_hash       bigint NOT NULL,
  occurred_at    timestamptz NOT NULL,
  received_at    timestamptz NOT NULL,
  topic          integer NOT NULL,
  source         integer NOT NULL,
  type           integer NOT NULL,
  bytes          integer NOT NULL,
  part           smallint NOT NULL,
  correction     smallint NOT NULL,
  event_id       uuid NOT NULL,
  delivery_id    uuid NOT NULL,
  trace_id       uuid,
  tenant_id      text NOT NULL,
  entity         text NOT NULL,
  provider_event text
) PARTITION BY RANGE (appended_at);
-- Rows come in the order of time, so this one costs next to nothing and bounds a search for all tenants.
CREATE INDEX event_appended ON journal.event USING brin (appended_at) WITH (pages_per_range = 64);
CREATE INDEX event_time ON journal.event (tenant_id, appended_at);
-- One column each: several filters of this size overflow a page. 64 pages hold some 2,600 rows.
CREATE INDEX event_id ON journal.event USING brin
  (event_id uuid_bloom_ops (n_distinct_per_range = 3000, false_positive_rate = 0.005)) WITH (pages_per_range = 64);
CREATE INDEX event_delivery ON journal.event USING brin
  (delivery_id uuid_bloom_ops (n_distinct_per_range = 3000, false_positive_rate = 0.005)) WITH (pages_per_range = 64);
CREATE INDEX event_trace ON journal.event USING brin
  (trace_id uuid_bloom_ops (n_distinct_per_range = 3000, false_positive_rate = 0.005)) WITH (pages_per_range = 64);
CREATE INDEX event_key ON journal.event USING brin
  (key_hash int8_bloom_ops (n_distinct_per_range = 3000, false_positive_rate = 0.005)) WITH (pages_per_range = 64);
CREATE INDEX event_provider ON journal.event USING brin
  (provider_event text_bloom_ops (n_distinct_per_range = 3000, false_positive_rate = 0.005)) WITH (pages_per_range = 64);

-- One record on ingress.delivery.v1, unless it became exactly one event and nothing else: that event's row names it.
CREATE TABLE journal.delivery (
  appended_at  timestamptz NOT NULL,
  off          bigint NOT NULL,
  received_at  timestamptz NOT NULL,
  source       integer,
  bytes        integer NOT NULL,
  events       integer NOT NULL,
  part         smallint NOT NULL,
  answer       smallint,
  delivery_id  uuid NOT NULL,
  trace_id     uuid,
  tenant_id    text NOT NULL,
  verdict      text NOT NULL,
  reason       text,
  handshake    text
) PARTITION BY RANGE (appended_at);
CREATE INDEX delivery_time ON journal.delivery (tenant_id, appended_at);
CREATE INDEX delivery_id ON journal.delivery (delivery_id);

-- One record on ingress.rejection.v1. Rate-limited: suppressed_before counts those that have none.
CREATE TABLE journal.rejection (
  appended_at       timestamptz NOT NULL,
  off               bigint NOT NULL,
  received_at       timestamptz NOT NULL,
  suppressed_before bigint NOT NULL,
  body_bytes        bigint,
  source            integer,
  code              integer NOT NULL,
  part              smallint NOT NULL,
  answer            smallint,
  delivery_id       uuid NOT NULL,
  trace_id          uuid,
  -- '-' where no tenant is known: no transaction can name that one.
  tenant_id         text NOT NULL,
  step              text NOT NULL,
  detail            text
) PARTITION BY RANGE (appended_at);
CREATE INDEX rejection_time ON journal.rejection (tenant_id, appended_at);
CREATE INDEX rejection_id ON journal.rejection (delivery_id);

-- One copy on a retry, dead-letter or redrive topic of a group. Few, so plain indexes.
CREATE TABLE journal.step (
  appended_at      timestamptz NOT NULL,
  off              bigint NOT NULL,
  orig_off         bigint NOT NULL,
  orig_at          timestamptz,
  first_failure_at timestamptz,
  due_at           timestamptz,
  topic            integer NOT NULL,
  part             integer NOT NULL,
  orig_topic       integer NOT NULL,
  orig_part        integer NOT NULL,
  grp              integer NOT NULL,
  source           integer,
  type             integer,
  code             integer,
  schema_id        integer,
  attempt          integer NOT NULL,
  attempts_total   integer NOT NULL,
  redrives         integer NOT NULL,
  bytes            integer NOT NULL,
  kind             text NOT NULL CHECK (kind IN ('retry', 'dead', 'redrive')),
  -- docs/records.md, "Letter ids".
  letter_id        uuid NOT NULL,
  -- Of a request its id. Null: no id can be read from the record.
  event_id         uuid,
  is_request       boolean NOT NULL,
  trace_id         uuid,
  -- Of the last redrive.
  redrive_id       text,
  tenant_id        text NOT NULL,
  record_key       text,
  failure_kind     text,
  class            text,
  message          text,
  stack            text
) PARTITION BY RANGE (appended_at);
CREATE INDEX step_time ON journal.step (grp, appended_at);
CREATE INDEX step_event ON journal.step (event_id);
CREATE INDEX step_letter ON journal.step (letter_id);

-- Counts, by the minute of the append, written with the rows that they count. Several rows of one minute add up.
CREATE TABLE journal.rollup (
  minute    timestamptz NOT NULL,
  count     bigint NOT NULL,
  bytes     bigint NOT NULL,
  tenant_id text NOT NULL,
  -- '' where no source is known.
  source    text NOT NULL,
  -- verdict, type, rejection, suppressed, failure, dead, redrive, secret
  kind      text NOT NULL,
  name      text NOT NULL,
  -- How many took from receipt to append at most 5, 10, 25, 50, 100, 250, 500, 1,000, 2,500, 5,000, 10,000 ms, and more.
  latency   bigint[] NOT NULL
) PARTITION BY RANGE (minute);
CREATE INDEX rollup_time ON journal.rollup (minute, kind);

SELECT trunkline.isolate_tenants(parent), trunkline.show_all_tenants(parent)
FROM unnest(ARRAY['journal.event', 'journal.delivery', 'journal.rejection', 'journal.step', 'journal.rollup']::regclass[]) AS parent;

CREATE FUNCTION journal.open_day(day date) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT trunkline.open_day(parent, day)
  FROM unnest(ARRAY['journal.event', 'journal.delivery', 'journal.rejection', 'journal.step', 'journal.rollup']::regclass[]) AS parent
$body$;

CREATE FUNCTION journal.drop_days(event_days integer, rejection_days integer, step_days integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT sum(trunkline.drop_days(parent, (now() AT TIME ZONE 'UTC')::date - days)) FROM (VALUES
    ('journal.event'::regclass, event_days), ('journal.delivery', event_days), ('journal.rollup', step_days),
    ('journal.rejection', rejection_days), ('journal.step', step_days)) AS kept (parent, days)
$body$;

CREATE FUNCTION journal.summarise() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT trunkline.summarise_days('journal.event')
$body$;
