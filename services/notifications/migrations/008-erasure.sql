-- What keeps erased people erased, written by src/messages/erasure.ts: of each message whom it may name. Nothing here can be read back into a
-- person: addresses are digests that only the installation's key makes.

-- Who took part in what, and as what, since the earliest time that an event said so.
CREATE TABLE notifications.party_address (
  tenant_id text NOT NULL,
  provider  text NOT NULL,
  account   text NOT NULL,
  kind      text NOT NULL,
  entity_id text NOT NULL,
  party     text NOT NULL,
  digest    bytea NOT NULL CHECK (octet_length(digest) = 32),
  since     timestamptz NOT NULL,

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id, party, digest)
);
CREATE INDEX parties_at_address ON notifications.party_address (tenant_id, digest, provider, account, kind, entity_id);

-- Addresses that were asked to be erased, and until when: what somebody took part in by then forgets them.
CREATE TABLE notifications.erased_address (
  tenant_id    text NOT NULL,
  digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
  erased_until timestamptz NOT NULL,

  PRIMARY KEY (tenant_id, digest)
);

SELECT trunkline.isolate_tenants('notifications.party_address');
SELECT trunkline.isolate_tenants('notifications.erased_address');

-- Until when somebody whom it would name is erased: its content is null, and it is told no more.
ALTER TABLE notifications.message ADD COLUMN erased_at timestamptz;
