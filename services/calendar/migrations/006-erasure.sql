-- What keeps erased people erased, written by @trunkline/consumer (src/erasure). Nothing here can be read back into a
-- person: addresses are digests that only the installation's key makes.

-- Who took part in what, and as what, since the earliest time that an event said so.
CREATE TABLE calendar.party_address (
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
CREATE INDEX parties_at_address ON calendar.party_address (tenant_id, digest, provider, account, kind, entity_id);

-- Addresses that were asked to be erased, and until when: what somebody took part in by then forgets them.
CREATE TABLE calendar.erased_address (
  tenant_id    text NOT NULL,
  digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
  erased_until timestamptz NOT NULL,

  PRIMARY KEY (tenant_id, digest)
);

SELECT trunkline.isolate_tenants('calendar.party_address');
SELECT trunkline.isolate_tenants('calendar.erased_address');

-- Until when somebody in it is erased: what it held of them is null.
ALTER TABLE calendar.booking ADD COLUMN erased_at timestamptz;
ALTER TABLE calendar.event   ADD COLUMN erased_at timestamptz;
