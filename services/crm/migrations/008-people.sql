-- Who the contacts are: people, as contacts that share an address or that the CRM merged (src/people).
-- All of it follows from crm.contact and is worked out again, for the people concerned, whenever that changes.

-- A row for each contact that is there: the id it has by itself, and the id of the person it turned out to be one of.
CREATE TABLE crm.person (
  tenant_id   text NOT NULL,
  person_id   uuid NOT NULL,
  merged_into uuid,
  created_at  timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, person_id),
  CHECK (merged_into <> person_id)
);

CREATE TABLE crm.contact_person (
  tenant_id text NOT NULL,
  provider  text NOT NULL,
  account   text NOT NULL,
  kind      text NOT NULL,
  entity_id text NOT NULL,
  person_id uuid NOT NULL,
  -- Stands for the contact where a deal, a payment or a task points at it.
  reference bytea NOT NULL CHECK (octet_length(reference) = 32),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);
CREATE INDEX contacts_of_person ON crm.contact_person (tenant_id, person_id);

-- Addresses that contacts hold. A shared one (a switchboard, a family, info@) shows what happened at it and joins nobody;
-- a crowded one is shared because it would join more contacts than a person can be.
CREATE TABLE crm.address (
  tenant_id  text NOT NULL,
  digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
  kind       text NOT NULL CHECK (kind IN ('phone', 'email')),
  value      text NOT NULL,
  state      text NOT NULL CHECK (state IN ('linking', 'shared')),
  is_crowded boolean NOT NULL,

  PRIMARY KEY (tenant_id, digest),
  CHECK (state = 'shared' OR NOT is_crowded)
);

-- Every address that a contact was ever told to have, and since when; whether it has it now.
CREATE TABLE crm.contact_address (
  tenant_id text NOT NULL,
  provider  text NOT NULL,
  account   text NOT NULL,
  kind      text NOT NULL,
  entity_id text NOT NULL,
  digest    bytea NOT NULL CHECK (octet_length(digest) = 32),
  since     timestamptz NOT NULL,
  is_held   boolean NOT NULL,

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id, digest)
);
CREATE INDEX contacts_at_address ON crm.contact_address (tenant_id, digest) WHERE is_held;

-- What the CRM itself made one: a contact that went into another, a lead that became a contact.
CREATE VIEW crm.contact_merge WITH (security_invoker = true) AS
SELECT tenant_id, provider, account, kind, entity_id, kind AS into_kind, merged_into AS into_id
FROM crm.contact WHERE deleted_at IS NOT NULL AND merged_into IS NOT NULL
UNION ALL
SELECT tenant_id, provider, account, kind, entity_id, 'contact', converted_contact_id
FROM crm.contact WHERE deleted_at IS NULL AND is_converted AND converted_contact_id IS NOT NULL;

-- By hash, because an id of a provider may be longer than an ordered index takes.
CREATE INDEX contact_merged_into ON crm.contact USING hash (merged_into);
CREATE INDEX contact_converted_into ON crm.contact USING hash (converted_contact_id);

SELECT trunkline.isolate_tenants('crm.person');
SELECT trunkline.isolate_tenants('crm.contact_person');
SELECT trunkline.isolate_tenants('crm.address');
SELECT trunkline.isolate_tenants('crm.contact_address');
