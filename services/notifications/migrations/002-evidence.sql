-- What the provider itself tells of a message, by webhooks of its own that came through the ingress:
--   delivered   it arrived
--   undelivered it was accepted, and did not arrive
ALTER TABLE notifications.message DROP CONSTRAINT message_state_check;
ALTER TABLE notifications.message ADD CONSTRAINT message_state_check CHECK (state IN
  ('asked', 'no_sender', 'sending', 'accepted', 'delivered', 'undelivered', 'unknown', 'held', 'failed', 'expired', 'suppressed'));

-- The event that said so, and which of several is the newest (docs/records.md, "Version").
ALTER TABLE notifications.message ADD COLUMN evidence_id uuid;
ALTER TABLE notifications.message ADD COLUMN evidence_version text COLLATE "C";

-- By which a provider names it, where its webhook does not say which request it is of.
CREATE INDEX message_at_provider ON notifications.message (tenant_id, provider, provider_message_id)
  WHERE provider_message_id IS NOT NULL;
