-- The HTTP API (docs/adr/0023-http-api.md).

-- Who may ask it. `digest` is the SHA-256 of a token with 256 random bits: nothing that a row holds lets anybody in.
CREATE TABLE delivery.api_key (
  key_id       text PRIMARY KEY,
  tenant_id    text NOT NULL,
  digest       bytea NOT NULL,
  name         text NOT NULL,
  scopes       text[] NOT NULL,
  created_by   text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at   timestamptz NOT NULL,
  revoked_at   timestamptz,
  -- Exact to a minute.
  last_used_at timestamptz,
  -- The key that was made in its place.
  successor    text
);
CREATE INDEX api_key_tenant ON delivery.api_key (tenant_id, created_at);

-- What a request with an Idempotency-Key was answered, in the transaction of what it did. The answer may show a secret, so it
-- is sealed under a data key of its own (`vault_key`, owner).
CREATE TABLE delivery.idempotency_key (
  tenant_id      text NOT NULL,
  key            text NOT NULL,
  request_digest bytea NOT NULL,
  owner          text NOT NULL,
  status         smallint,
  sealed         bytea,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_key_age ON delivery.idempotency_key (tenant_id, created_at);

SELECT trunkline.isolate_tenants('delivery.idempotency_key');
