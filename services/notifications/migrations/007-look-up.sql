-- How often its provider was asked whether it has a message that may have been sent: bounded, then a person decides.
ALTER TABLE notifications.message ADD COLUMN lookups integer NOT NULL DEFAULT 0;
