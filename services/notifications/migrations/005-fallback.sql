-- What surely did not reach a person by one channel is told by their next one, once: a message of its own.
ALTER TABLE notifications.message ADD COLUMN fallback_id uuid;
-- Of that one: the message that it stands for.
ALTER TABLE notifications.message ADD COLUMN fallback_of uuid;
-- It has just failed, and nobody has looked yet whether there is another channel.
ALTER TABLE notifications.message ADD COLUMN fallback_open boolean NOT NULL DEFAULT false;
CREATE INDEX message_of_cause ON notifications.message (tenant_id, caused_by, recipient_id);
