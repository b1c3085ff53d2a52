-- Order where an endpoint asks for it (docs/adr/0022-webhooks-out.md, "Why chains").

ALTER TABLE delivery.endpoint
  ADD COLUMN ordering text NOT NULL DEFAULT 'none' CHECK (ordering IN ('none', 'key', 'endpoint')),
  -- Of a message that is given up: whether those behind it go on, or wait for a person.
  ADD COLUMN on_exhausted text NOT NULL DEFAULT 'continue' CHECK (on_exhausted IN ('continue', 'hold'));

-- Whether there may be chains of it, because it was ordered at some time: never false again, since a fan-out that read the
-- endpoint before a change may commit after it.
ALTER TABLE delivery.route ADD COLUMN ordered boolean NOT NULL DEFAULT false;

ALTER TABLE delivery.task
  -- The chain that it is in: of one, only the task with the least `seq` is sent. Null: in none. due_at is infinity while a task
  -- holds its chain.
  ADD COLUMN order_key bigint CHECK (order_key >= 0),
  -- A person gave it up: it ends without a request, and its chain goes on.
  ADD COLUMN released boolean NOT NULL DEFAULT false;

-- Each task is in one of the two.
DROP INDEX delivery.task_due;
CREATE INDEX task_due ON delivery.task (endpoint_id, due_at, seq) WHERE order_key IS NULL;
CREATE INDEX task_chain ON delivery.task (endpoint_id, order_key, seq) WHERE order_key IS NOT NULL;
