-- What keeps erased people erased (src/erasure). Nothing here can be read back into a person: both hold digests that
-- only the installation's key makes.

-- Contacts that were erased: what is told of one again changes nothing, until it is created or restored later than that.
CREATE TABLE crm.erased (
  tenant_id      text NOT NULL,
  subject        bytea NOT NULL CHECK (octet_length(subject) = 32),
  erased_at      timestamptz NOT NULL,
  entity_version text COLLATE "C" NOT NULL,

  PRIMARY KEY (tenant_id, subject)
);

-- What happened at an address of an erased contact until then is nobody's any more, except of those who had the address
-- before, too.
CREATE TABLE crm.erased_address (
  tenant_id    text NOT NULL,
  digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
  erased_until timestamptz NOT NULL,

  PRIMARY KEY (tenant_id, digest)
);

SELECT trunkline.isolate_tenants('crm.erased');
SELECT trunkline.isolate_tenants('crm.erased_address');
