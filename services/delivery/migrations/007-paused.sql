-- An endpoint that is paused: what comes waits. To those who send, by `route`, it is one that is disabled, so that processes of
-- the version before send it nothing, too.
ALTER TABLE delivery.endpoint DROP CONSTRAINT endpoint_state_check;
ALTER TABLE delivery.endpoint ADD CONSTRAINT endpoint_state_check
  CHECK (state IN ('enabled', 'paused', 'disabled', 'deleted')) NOT VALID;
