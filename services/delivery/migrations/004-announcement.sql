-- What becomes of endpoints and messages, told on delivery.endpoint.v1 and delivery.message.v1 (docs/records.md, "Of webhooks out").

-- Counts what became of the endpoint; part of the id of each event about it.
ALTER TABLE delivery.route ADD COLUMN transitions bigint NOT NULL DEFAULT 0;

-- Written in the transaction of what it tells, by whoever does it: the service, its API, the command line. The service makes a
-- record of it and moves that to the outbox, since the command line knows no registry. Ids, times and codes.
CREATE TABLE delivery.announcement (
  id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  tenant_id   text NOT NULL,
  endpoint_id uuid NOT NULL,
  -- Null: it is about the endpoint.
  event_id    uuid,
  type        text NOT NULL,
  -- Of the endpoint's transitions, or of the message's requests.
  no          bigint NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The fields that the event states.
  stated      jsonb NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
