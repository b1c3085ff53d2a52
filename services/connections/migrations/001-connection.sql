-- One account at a provider that calls are made with. The id stands in the sources file and in event ids.
CREATE TABLE connections.connection (
  connection_id text NOT NULL PRIMARY KEY,
  tenant_id text NOT NULL,
  -- In the words of packages/clients.
  provider text NOT NULL,
  auth text NOT NULL CHECK (auth IN ('api_key', 'basic')),
  -- Whose the credentials have to be, where the file says it; and whose they are, as the provider said.
  configured_account text,
  account text,
  -- Narrower rates than the client's: { key: { count, periodMs } }.
  rates jsonb NOT NULL,
  check_every_ms bigint NOT NULL,
  -- Whether the file has it.
  is_configured boolean NOT NULL DEFAULT true,
  -- What checks say, and since when.
  health text NOT NULL DEFAULT 'pending' CHECK (health IN ('pending', 'active', 'degraded', 'needs_authorization')),
  reason text,
  since timestamptz NOT NULL DEFAULT now(),
  checked_at timestamptz,
  -- In a row: checks without an answer about the credentials, and refusals of them.
  failures int NOT NULL DEFAULT 0,
  refusals int NOT NULL DEFAULT 0,
  -- Of an operator. A revoked one stays so: its key is shredded.
  connection_decision text CHECK (connection_decision IN ('paused', 'revoked')),
  shredded_at timestamptz,
  state text NOT NULL GENERATED ALWAYS AS (
    CASE
      WHEN shredded_at IS NOT NULL OR connection_decision = 'revoked' THEN 'revoked'
      WHEN connection_decision = 'paused' OR NOT is_configured THEN 'paused'
      ELSE health
    END
  ) STORED
);
SELECT trunkline.isolate_tenants('connections.connection');

-- What its provider is shown, sealed: opens with the key of the row in vault_key, for this tenant, row and generation alone.
CREATE TABLE connections.credential (
  connection_id text NOT NULL PRIMARY KEY,
  tenant_id text NOT NULL,
  generation bigint NOT NULL,
  sealed bytea NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT now()
);
SELECT trunkline.isolate_tenants('connections.credential');

-- Data keys, wrapped by the key of the operator's list that kek_id names. As packages/vault says.
CREATE TABLE connections.vault_key (
  owner text PRIMARY KEY,
  tenant_id text NOT NULL,
  generation bigint NOT NULL,
  kek_id text NOT NULL,
  dek_wrapped bytea NOT NULL
);
CREATE INDEX vault_key_by_kek ON connections.vault_key (kek_id, owner);

-- The names of the keys of that list, for whoever has no key and asks which are in use.
CREATE TABLE connections.vault_list (
  kek_id text PRIMARY KEY,
  name text NOT NULL,
  -- 0: the one that seals.
  place int NOT NULL
);

-- What happened to a connection: ids and codes, and no secret.
CREATE TABLE connections.audit (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id text NOT NULL,
  connection_id text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  what text NOT NULL,
  reason text
);
CREATE INDEX audit_by_connection ON connections.audit (connection_id, audit_id);
SELECT trunkline.isolate_tenants('connections.audit');

CREATE FUNCTION connections.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'connections.audit is append-only' USING ERRCODE = 'insufficient_privilege';
END
$body$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON connections.audit
  FOR EACH ROW EXECUTE FUNCTION connections.refuse_change();

-- What there is to do, one process at a time: a check of each connection, one rotation of all keys. Claimed before anybody
-- knows whose it is, so it has ids and times only.
CREATE TABLE connections.work (
  work_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL CHECK (kind IN ('check', 'rotate')),
  connection_id text,
  tenant_id text,
  -- Null: only when it is asked for.
  due_at timestamptz,
  -- When an operator wanted it, and the time until which all that was wanted is done.
  wanted_at timestamptz,
  done_until timestamptz,
  -- How the last one ended, and for a rotation how many keys are done.
  last_code text,
  progress bigint NOT NULL DEFAULT 0,
  lease_owner text,
  lease_until timestamptz,
  fence bigint NOT NULL DEFAULT 0,
  UNIQUE NULLS NOT DISTINCT (kind, connection_id)
);
CREATE INDEX work_by_due ON connections.work (due_at);
INSERT INTO connections.work (kind) VALUES ('rotate');
