-- More messages to a person by one channel than anybody reads are told as one: its digest, a message of its own.
--   collapsed  it is told with others: digest_id says by which message, and where that stands is where this does
ALTER TABLE notifications.message DROP CONSTRAINT message_state_check;
ALTER TABLE notifications.message ADD CONSTRAINT message_state_check CHECK (state IN
  ('asked', 'no_sender', 'sending', 'accepted', 'delivered', 'undelivered', 'unknown', 'held', 'failed', 'expired', 'suppressed',
   'collapsed'));
ALTER TABLE notifications.message ADD COLUMN digest_id uuid;
ALTER TABLE notifications.message ADD COLUMN is_digest boolean NOT NULL DEFAULT false;
CREATE INDEX message_of_digest ON notifications.message (tenant_id, digest_id, created_at) WHERE digest_id IS NOT NULL;

-- When its first call began, and by which channel of the person: what counts towards the limit.
ALTER TABLE notifications.message ADD COLUMN first_told_at timestamptz;
ALTER TABLE notifications.message ADD COLUMN told_channel text;
CREATE INDEX message_told ON notifications.message (tenant_id, recipient_id, told_channel, first_told_at)
  WHERE told_channel IS NOT NULL;
