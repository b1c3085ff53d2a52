-- Connections that a provider refused a message with, the newest refusal of each: who refuses a thousand messages is asked once.
-- The service of connections reads it and checks them. Ids and times only: it looks before it knows whose they are.
CREATE TABLE notifications.refused_connection (
  connection_id text PRIMARY KEY,
  tenant_id     text NOT NULL,
  -- `credentials`: it does not know them (401). `permission`: they may not do that (403).
  what          text NOT NULL CHECK (what IN ('credentials', 'permission')),
  refused_at    timestamptz NOT NULL
);
