-- Signed webhooks out (docs/adr/0022-webhooks-out.md). An endpoint is a place of a tenant that wants to be told of events; a
-- message is an event as it is told; a task is a message that has still to reach an endpoint; an attempt is one request.

CREATE TABLE delivery.endpoint (
  endpoint_id   uuid PRIMARY KEY,
  tenant_id     text NOT NULL,
  -- May hold a token of the receiver: shown to people who may see the endpoint, in no log and no span.
  url           text NOT NULL,
  description   text NOT NULL,
  -- Types of events, or patterns of them: payments.*, *.*.failed, **.
  types         text[] NOT NULL,
  format        text NOT NULL,
  -- Seconds before each attempt; the first is 0.
  schedule      integer[] NOT NULL,
  timeout_ms    integer NOT NULL,
  max_in_flight smallint NOT NULL,
  state         text NOT NULL CHECK (state IN ('enabled', 'disabled', 'deleted')),
  -- Why it is disabled: by whom, or after what.
  state_reason  text NOT NULL DEFAULT '',
  state_since   timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by    text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX endpoint_tenant ON delivery.endpoint (tenant_id, created_at);

-- What an endpoint's requests are signed with. Sealed under a data key of its own (`vault_key`, owner secret_id).
CREATE TABLE delivery.endpoint_secret (
  secret_id   text PRIMARY KEY,
  endpoint_id uuid NOT NULL,
  tenant_id   text NOT NULL,
  -- Counts the secrets that the endpoint has had.
  generation  integer NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('hmac', 'ed25519')),
  sealed      bytea NOT NULL,
  fingerprint text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Null: it has no successor.
  signs_until timestamptz,
  UNIQUE (endpoint_id, generation)
);

CREATE TABLE delivery.vault_key (
  owner       text PRIMARY KEY,
  tenant_id   text NOT NULL,
  generation  bigint NOT NULL,
  kek_id      text NOT NULL,
  dek_wrapped bytea NOT NULL
);
CREATE INDEX vault_key_by_kek ON delivery.vault_key (kek_id, owner);

-- How an endpoint fares. Written when that changes, and not for each request.
CREATE TABLE delivery.endpoint_health (
  endpoint_id     uuid PRIMARY KEY,
  tenant_id       text NOT NULL,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_code       text,
  -- Of the failure that no success has followed.
  failing_since   timestamptz,
  failures        integer NOT NULL DEFAULT 0,
  -- Which share of the time until it is disabled was told of, in percent.
  told            smallint NOT NULL DEFAULT 0
);

-- Which endpoints there are, for those who send: ids only. `revision` grows with each change of one.
CREATE TABLE delivery.route (
  endpoint_id uuid PRIMARY KEY,
  tenant_id   text NOT NULL,
  shard       smallint NOT NULL CHECK (shard BETWEEN 0 AND 255),
  state       text NOT NULL CHECK (state IN ('enabled', 'disabled', 'deleted')),
  revision    bigint NOT NULL,
  changed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX route_changed ON delivery.route (changed_at);

CREATE TABLE delivery.message (
  accepted_at timestamptz NOT NULL,
  event_id    uuid NOT NULL,
  tenant_id   text NOT NULL,
  type        text NOT NULL,
  occurred_at timestamptz NOT NULL,
  -- The format `standard`, from which the others are made; a retry sends the same bytes.
  body        bytea NOT NULL,
  -- Of the event's record: an attempt goes on with its trace.
  traceparent text,
  matched     smallint NOT NULL,
  -- Of each endpoint that the tenant had: {"ep_…": "matched" | "type" | "disabled" | "created_later"}.
  verdicts    jsonb NOT NULL,
  PRIMARY KEY (event_id, accepted_at)
) PARTITION BY RANGE (accepted_at);
CREATE INDEX message_time ON delivery.message (tenant_id, accepted_at DESC);

-- What has still to be sent: a row is made with its message, and gone when the message has reached the endpoint or never will.
CREATE TABLE delivery.task (
  endpoint_id uuid NOT NULL,
  event_id    uuid NOT NULL,
  tenant_id   text NOT NULL,
  shard       smallint NOT NULL,
  seq         bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  -- accepted_at of the message: where it is.
  message_at  timestamptz NOT NULL,
  due_at      timestamptz NOT NULL,
  born_at     timestamptz NOT NULL,
  -- Requests so far, and those of them that count for the schedule.
  attempts    integer NOT NULL DEFAULT 0,
  counted     integer NOT NULL DEFAULT 0,
  -- Of the message's body: how much a load brings into memory.
  bytes       integer NOT NULL,
  last_code   text,
  cause       text NOT NULL CHECK (cause IN ('event', 'resend')),
  PRIMARY KEY (endpoint_id, event_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);
CREATE INDEX task_due ON delivery.task (endpoint_id, due_at, seq);

-- One request and what came of it; with `outcome` the last one of its task. Of what was skipped there is a row without a request.
CREATE TABLE delivery.attempt (
  at            timestamptz NOT NULL,
  event_id      uuid NOT NULL,
  endpoint_id   uuid NOT NULL,
  no            integer NOT NULL,
  tenant_id     text NOT NULL,
  type          text NOT NULL,
  message_at    timestamptz NOT NULL,
  -- services/delivery/src/attempt-codes.ts
  code          text NOT NULL,
  status        smallint,
  took_ms       integer NOT NULL,
  detail        text,
  retry_after_ms integer,
  next_at       timestamptz,
  outcome       text CHECK (outcome IN ('delivered', 'exhausted', 'expired', 'skipped', 'discarded')),
  cause         text NOT NULL,
  -- The beginning of the answer, where the request failed.
  body          bytea,
  trace_id      text,
  PRIMARY KEY (event_id, endpoint_id, no, at)
) PARTITION BY RANGE (at);
CREATE INDEX attempt_endpoint ON delivery.attempt (tenant_id, endpoint_id, at DESC);
CREATE INDEX attempt_undelivered ON delivery.attempt (tenant_id, at DESC) WHERE outcome IS NOT NULL AND outcome <> 'delivered';

-- Who sends for which endpoints: 256 shards, for ever; each has at most one owner, which is in `dispatcher` while it lives.
CREATE TABLE delivery.shard (
  shard smallint PRIMARY KEY CHECK (shard BETWEEN 0 AND 255),
  owner uuid,
  epoch bigint NOT NULL DEFAULT 0
);
INSERT INTO delivery.shard (shard) SELECT generate_series(0, 255);

CREATE TABLE delivery.dispatcher (
  dispatcher_id uuid PRIMARY KEY,
  -- Kept over restarts of a process: the next one of that name takes over at once.
  name          text NOT NULL,
  lease_until   timestamptz NOT NULL
);

SELECT trunkline.isolate_tenants(owned) FROM unnest(ARRAY['delivery.endpoint', 'delivery.endpoint_secret',
  'delivery.endpoint_health', 'delivery.message', 'delivery.attempt']::regclass[]) AS owned;

CREATE FUNCTION delivery.open_day(day date) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT trunkline.open_day(parent, day) FROM unnest(ARRAY['delivery.message', 'delivery.attempt']::regclass[]) AS parent
$body$;

CREATE FUNCTION delivery.drop_days(days integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT sum(trunkline.drop_days(parent, (now() AT TIME ZONE 'UTC')::date - days))
  FROM unnest(ARRAY['delivery.message', 'delivery.attempt']::regclass[]) AS parent
$body$;

SELECT delivery.open_day((now() AT TIME ZONE 'UTC')::date + days) FROM generate_series(0, 1) AS days;
