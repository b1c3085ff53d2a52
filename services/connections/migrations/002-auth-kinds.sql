-- A certificate that the host is shown, and tokens that are signed for each call.
ALTER TABLE connections.connection DROP CONSTRAINT connection_auth_check;
ALTER TABLE connections.connection ADD CONSTRAINT connection_auth_check CHECK (auth IN ('api_key', 'basic', 'mtls', 'jwt'));
