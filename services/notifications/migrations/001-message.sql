-- What somebody is to be told, written by src/messages and moved on by src/sending. Its states:
--   asked      waits for its turn
--   no_sender  waits for a sender in the sources file that carries it
--   sending    a call is under way, or ended with its process
--   accepted   the provider took it
--   unknown    nobody can say whether the provider took it: evidence is waited for
--   held       as before, and no evidence came: a person decides
--   failed     it was refused, or never got through
--   expired    nobody wants to know any more
--   suppressed nobody is there to be told
CREATE TABLE notifications.message (
  tenant_id           text NOT NULL,
  request_id          uuid NOT NULL,
  state               text NOT NULL CHECK (state IN
    ('asked', 'no_sender', 'sending', 'accepted', 'unknown', 'held', 'failed', 'expired', 'suppressed')),
  -- Why it stands where it stands: a word for programs, and what an operator reads. Neither quotes what is said.
  code                text,
  detail              text,

  channel             text,
  recipient_id        text,
  channel_id          text,
  template            text,
  language            text,
  caused_by           uuid NOT NULL,
  about_provider      text,
  about_account       text,
  about_kind          text,
  about_id            text,
  -- JSON of the address, where the directory does not know it, and of what there is to say; may be personal. Null once
  -- it is forgotten.
  content             text,

  requested_at        timestamptz NOT NULL,
  not_after           timestamptz NOT NULL,
  attempts            integer NOT NULL DEFAULT 0,
  sender_id           text,
  provider            text,
  provider_message_id text,
  traceparent         text,
  created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at          timestamptz NOT NULL DEFAULT clock_timestamp(),

  PRIMARY KEY (tenant_id, request_id)
);
CREATE INDEX message_in_state ON notifications.message (tenant_id, state, created_at DESC);

-- Every call to a provider. It is written before the call, so that a process that dies leaves it without an end.
CREATE TABLE notifications.attempt (
  tenant_id   text NOT NULL,
  request_id  uuid NOT NULL,
  n           integer NOT NULL,
  sender_id   text NOT NULL,
  started_at  timestamptz NOT NULL,
  ended_at    timestamptz,
  -- `accepted`; else whether it arrived: `no`, `refused` (nothing was done), `maybe`.
  outcome     text,
  http_status integer,
  code        text,
  detail      text,

  PRIMARY KEY (tenant_id, request_id, n)
);

SELECT trunkline.isolate_tenants('notifications.message');
SELECT trunkline.isolate_tenants('notifications.attempt');

-- When somebody has to look at a message next. Ids only: a process claims a turn before it knows whose it is.
CREATE TABLE notifications.turn (
  request_id  uuid PRIMARY KEY,
  tenant_id   text NOT NULL,
  due_at      timestamptz NOT NULL,
  lease_owner text,
  lease_until timestamptz,
  fence       bigint NOT NULL DEFAULT 0
);
CREATE INDEX turn_due ON notifications.turn (due_at);
