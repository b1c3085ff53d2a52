-- Dead letters, the newest copy of each, and the jobs that send them back. What became of a letter is not in here: whether
-- its event was applied is said by the group's inbox, and what people decided by trunkline.dead_letter.

CREATE TABLE journal.letter (
  -- docs/records.md, "Letter ids" and "Cause ids".
  letter_id        uuid PRIMARY KEY,
  cause            uuid NOT NULL,
  -- Of a request its id. Null: no id can be read from the record.
  event_id         uuid,
  trace_id         uuid,
  first_died_at    timestamptz NOT NULL,
  died_at          timestamptz NOT NULL,
  first_failure_at timestamptz,
  -- The newest copy on the redrive topic; a letter that has died since was redriven before it.
  redriven_at      timestamptz,
  -- First append of the record, which decides whether it is too old to be applied.
  orig_at          timestamptz,
  orig_off         bigint NOT NULL,
  dlt_off          bigint NOT NULL,
  orig_topic       integer NOT NULL,
  orig_part        integer NOT NULL,
  dlt_part         integer NOT NULL,
  grp              integer NOT NULL,
  source           integer,
  type             integer,
  code             integer,
  schema_id        integer,
  attempts         integer NOT NULL,
  redrives         integer NOT NULL,
  copies           integer NOT NULL,
  bytes            integer NOT NULL,
  is_request       boolean NOT NULL,
  -- '-' where no tenant is known: no transaction can name that one.
  tenant_id        text NOT NULL,
  record_key       text,
  failure_kind     text,
  class            text,
  frame            text,
  constraint_name  text,
  message          text,
  -- Of the redrive that this copy came back from.
  redrive_id       text
);
CREATE INDEX letter_time ON journal.letter (grp, died_at);
CREATE INDEX letter_event ON journal.letter (event_id);
CREATE INDEX letter_original ON journal.letter (orig_topic, orig_part, orig_off);

-- What somebody wants done with many letters: asked for by a person, done by the journal (leased work).
CREATE TABLE journal.job (
  job_id         uuid PRIMARY KEY,
  kind           text NOT NULL CHECK (kind IN ('redrive')),
  -- Whose letters; '-' where they are not one tenant's.
  tenant_id      text NOT NULL,
  consumer_group text NOT NULL,
  filter         jsonb NOT NULL,
  options        jsonb NOT NULL,
  note           text NOT NULL,
  actor          text NOT NULL CHECK (actor <> ''),
  -- What people want of it, and how fast: changed while it runs.
  wanted         text NOT NULL DEFAULT 'run' CHECK (wanted IN ('run', 'pause', 'cancel')),
  rate           integer NOT NULL CHECK (rate BETWEEN 1 AND 5000),
  -- asked → (planned:) canary → running → awaiting → ended. Awaiting: all is sent, not all has an outcome.
  state          text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'canary', 'running', 'awaiting', 'ended')),
  -- How it ended or will: done, cancelled, canary_failed, dies_again, failed.
  ending         text,
  -- Why it stands still, or why it ended so, in a sentence.
  reason         text,
  lease_owner    text,
  lease_until    timestamptz,
  fence          bigint NOT NULL DEFAULT 0,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  planned_at     timestamptz,
  finished_at    timestamptz,
  -- The end of the phase that it is in, where that has one.
  due_at         timestamptz
);
CREATE INDEX job_open ON journal.job (created_at) WHERE state <> 'ended';

-- The frozen plan of a job: which letters, in which order, and what became of each. Ids and places.
CREATE TABLE journal.job_letter (
  job_id    uuid NOT NULL REFERENCES journal.job ON DELETE CASCADE,
  letter_id uuid NOT NULL,
  sent_at   timestamptz,
  dlt_off   bigint NOT NULL,
  dlt_part  integer NOT NULL,
  -- 1 is sent first. The canary goes before all others.
  place     integer NOT NULL,
  bytes     integer NOT NULL,
  is_canary boolean NOT NULL,
  -- Sent though it is too old, because somebody said so.
  is_forced boolean NOT NULL,
  -- queued → sent → applied | stale | died_again; queued → returned (cancelled, stopped) | skipped (with a reason).
  state     text NOT NULL CHECK (state IN ('queued', 'sent', 'applied', 'stale', 'died_again', 'returned', 'skipped')),
  reason    text,
  tenant_id text NOT NULL,
  PRIMARY KEY (job_id, letter_id)
);
CREATE INDEX job_letter_next ON journal.job_letter (job_id, place) WHERE state = 'queued';
CREATE INDEX job_letter_sent ON journal.job_letter (job_id) WHERE state = 'sent';
-- A letter waits in one job at a time.
CREATE UNIQUE INDEX job_letter_once ON journal.job_letter (letter_id) WHERE state = 'queued';

SELECT trunkline.isolate_tenants(target), trunkline.open_to_all_tenants(target)
FROM unnest(ARRAY['journal.letter', 'journal.job', 'journal.job_letter']::regclass[]) AS target;
