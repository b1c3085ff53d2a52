-- Bulk work: what somebody wants done with many messages of an endpoint, asked for by a person and done by the service.

CREATE TABLE delivery.job (
  job_id       uuid PRIMARY KEY,
  tenant_id    text NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('resend', 'recover', 'replay-missing', 'backfill', 'discard')),
  endpoint_id  uuid NOT NULL,
  -- Types of events and states of pairs; empty: all that the kind is about.
  types        text[] NOT NULL,
  states       text[] NOT NULL,
  -- Messages accepted from then until then are looked through, the last one included.
  since        timestamptz NOT NULL,
  until        timestamptz NOT NULL,
  -- Counts, and does nothing.
  is_dry_run   boolean NOT NULL,
  note         text NOT NULL,
  actor        text NOT NULL CHECK (actor <> ''),
  -- What people want of it, and how many messages a second: changed while it runs.
  wanted       text NOT NULL DEFAULT 'run' CHECK (wanted IN ('run', 'pause', 'cancel')),
  rate         integer NOT NULL CHECK (rate BETWEEN 1 AND 5000),
  -- asked → (counted:) running ⇄ held → awaiting → ended. Held: the endpoint takes nothing now. Awaiting: all tasks are made, not all are over.
  state        text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'running', 'held', 'awaiting', 'ended')),
  -- How it ended or will: done, counted (a dry run), cancelled, endpoint_deleted, failed.
  ending       text,
  -- Why it stands still, or why it ended so, in a sentence.
  reason       text,
  -- How far the messages are looked through, in the phase it is in: the last one's accepted_at and event. Moved in the transaction
  -- of what was done, so that whoever goes on does nothing twice.
  place_at     timestamptz,
  place_event  uuid,
  -- Pairs by reason: which are its business, and which it leaves alone.
  chosen       jsonb NOT NULL DEFAULT '{}',
  left_alone   jsonb NOT NULL DEFAULT '{}',
  -- Those that something was done with; and of these, those that were given back when it was cancelled.
  done         integer NOT NULL DEFAULT 0,
  returned     integer NOT NULL DEFAULT 0,
  -- accepted_at of the oldest message of the tenant when it was counted: nothing is stored of what came before.
  stored_since timestamptz,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  counted_at   timestamptz,
  -- When its last task was made.
  made_at      timestamptz,
  finished_at  timestamptz
);
CREATE INDEX job_tenant ON delivery.job (tenant_id, created_at DESC);

-- Jobs that are not over (leased work). Ids only: a process claims one before it knows whose it is.
CREATE TABLE delivery.job_turn (
  job_id       uuid PRIMARY KEY,
  tenant_id    text NOT NULL,
  endpoint_id  uuid NOT NULL,
  asked_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- One job of an endpoint sends at a time, the eldest; those that only count or await are in nobody's way.
  is_in_line   boolean NOT NULL,
  lease_owner  text,
  lease_until  timestamptz,
  fence        bigint NOT NULL DEFAULT 0
);
CREATE INDEX job_turn_line ON delivery.job_turn (endpoint_id, asked_at) WHERE is_in_line;

SELECT trunkline.isolate_tenants('delivery.job');

-- Which job made a task, and whose request an attempt was.
ALTER TABLE delivery.task ADD COLUMN job_id uuid;
CREATE INDEX task_job ON delivery.task (job_id) WHERE job_id IS NOT NULL;
ALTER TABLE delivery.task DROP CONSTRAINT task_cause_check;
ALTER TABLE delivery.task ADD CONSTRAINT task_cause_check
  CHECK (cause IN ('event', 'resend', 'recover', 'replay-missing', 'backfill')) NOT VALID;
ALTER TABLE delivery.attempt ADD COLUMN job_id uuid;
CREATE INDEX attempt_job ON delivery.attempt (job_id) WHERE job_id IS NOT NULL AND outcome IS NOT NULL;
