-- Replays of the archive as jobs (leased work): deliveries of a source that are normalised again, asked for by a person.
CREATE TABLE journal.replay (
  -- Named `rpl_` + its 32 hex digits.
  job_id           uuid PRIMARY KEY,
  -- Of the source.
  tenant_id        text NOT NULL,
  source           text NOT NULL,
  -- Deliveries received from then and before then, whose newest verdict is one of these.
  since            timestamptz NOT NULL,
  until            timestamptz NOT NULL,
  verdicts         text[] NOT NULL,
  -- 0: ids are those of the first time.
  correction       smallint NOT NULL CHECK (correction BETWEEN 0 AND 999),
  -- Also events that were published before.
  is_all           boolean NOT NULL,
  has_canary       boolean NOT NULL,
  note             text NOT NULL,
  actor            text NOT NULL CHECK (actor <> ''),
  -- What people want of it, and how many deliveries a second: changed while it runs.
  wanted           text NOT NULL DEFAULT 'run' CHECK (wanted IN ('run', 'pause', 'cancel')),
  rate             integer NOT NULL CHECK (rate BETWEEN 1 AND 5000),
  -- asked → (planned:) canary → running → ended.
  state            text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'canary', 'running', 'ended')),
  -- How it ended: done, cancelled, canary_failed, failed.
  ending           text,
  -- Why it stands still, or why it ended so, in a sentence.
  reason           text,
  lease_owner      text,
  lease_until      timestamptz,
  fence            bigint NOT NULL DEFAULT 0,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  planned_at       timestamptz,
  finished_at      timestamptz,
  -- Until when outcomes of the canary are awaited.
  due_at           timestamptz
);
CREATE INDEX replay_open ON journal.replay (created_at) WHERE state <> 'ended';

-- Its frozen plan: which deliveries, in the order of their receipt, where their first record is, and what became of each.
CREATE TABLE journal.replay_delivery (
  job_id      uuid NOT NULL REFERENCES journal.replay ON DELETE CASCADE,
  delivery_id uuid NOT NULL,
  off         bigint NOT NULL,
  part        integer NOT NULL,
  place       integer NOT NULL,
  bytes       integer NOT NULL,
  -- Events that were published of it.
  events      integer NOT NULL DEFAULT 0,
  -- queued → published | skipped (with a reason) | returned (cancelled, stopped).
  state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'published', 'skipped', 'returned')),
  reason      text,
  tenant_id   text NOT NULL,
  -- Its verdict when it was planned, and every event that it had become by then.
  verdict     text NOT NULL,
  event_ids   text[] NOT NULL,
  PRIMARY KEY (job_id, delivery_id)
);
CREATE INDEX replay_delivery_next ON journal.replay_delivery (job_id, place) WHERE state = 'queued';

-- The events of its canary, whose outcome is awaited before anything else is published.
CREATE TABLE journal.replay_canary (
  job_id    uuid NOT NULL REFERENCES journal.replay ON DELETE CASCADE,
  event_id  uuid NOT NULL,
  tenant_id text NOT NULL,
  type      text NOT NULL,
  PRIMARY KEY (job_id, event_id)
);

SELECT trunkline.isolate_tenants(target), trunkline.open_to_all_tenants(target)
FROM unnest(ARRAY['journal.replay', 'journal.replay_delivery', 'journal.replay_canary']::regclass[]) AS target;
