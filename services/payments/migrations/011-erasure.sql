-- What keeps erased people erased, written by @trunkline/consumer (src/erasure). Nothing here can be read back into a
-- person: addresses are digests that only the installation's key makes.

-- Who took part in what, and as what, since the earliest time that an event said so.
CREATE TABLE payments.party_address (
  tenant_id text NOT NULL,
  provider  text NOT NULL,
  account   text NOT NULL,
  kind      text NOT NULL,
  entity_id text NOT NULL,
  party     text NOT NULL,
  digest    bytea NOT NULL CHECK (octet_length(digest) = 32),
  since     timestamptz NOT NULL,

  -- As the keys of the ledger (010): first what tells entities apart.
  PRIMARY KEY (entity_id, kind, account, provider, tenant_id, party, digest)
);
CREATE INDEX parties_at_address ON payments.party_address (tenant_id, digest, provider, account, kind, entity_id);

-- Addresses that were asked to be erased, and until when: what somebody took part in by then forgets them.
CREATE TABLE payments.erased_address (
  tenant_id    text NOT NULL,
  digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
  erased_until timestamptz NOT NULL,

  PRIMARY KEY (tenant_id, digest)
);

SELECT trunkline.isolate_tenants('payments.party_address');
SELECT trunkline.isolate_tenants('payments.erased_address');

-- Until when somebody in it is erased: what it held of them is null.
ALTER TABLE payments.payment      ADD COLUMN erased_at timestamptz;
ALTER TABLE payments.invoice      ADD COLUMN erased_at timestamptz;
ALTER TABLE payments.subscription ADD COLUMN erased_at timestamptz;
ALTER TABLE payments.checkout     ADD COLUMN erased_at timestamptz;
ALTER TABLE payments.refund       ADD COLUMN erased_at timestamptz;
ALTER TABLE payments.dispute      ADD COLUMN erased_at timestamptz;

-- What is erased with its payment, both ways. By hash, because an id of a provider may be longer than an ordered index
-- takes; of payments by id, because what names one does not say of which kind it is.
CREATE INDEX refund_of_payment  ON payments.refund  USING hash (payment_id);
CREATE INDEX dispute_of_payment ON payments.dispute USING hash (payment_id);
CREATE INDEX erased_payment ON payments.payment (tenant_id, provider, account, entity_id) WHERE erased_at IS NOT NULL;
