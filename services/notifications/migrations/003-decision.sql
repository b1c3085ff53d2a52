-- What a person decided of a message that may have been sent (`trunkline notifications decide`): `sent` believes that it was,
-- `resend` sends it again, `drop` lets it be. A sender takes it at its next look.
ALTER TABLE notifications.turn ADD COLUMN message_decision text CHECK (message_decision IN ('sent', 'resend', 'drop'));
CREATE INDEX turn_decided ON notifications.turn (request_id) WHERE message_decision IS NOT NULL;
