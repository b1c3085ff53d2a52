-- Properties of contacts, companies, deals, tickets and activities that no column has the meaning of, by their name in
-- the provider's words (HubSpot). Each has a version of its own; written by src/property.ts.
CREATE TABLE crm.property (
  tenant_id       text NOT NULL,
  provider        text NOT NULL,
  account         text NOT NULL,
  kind            text NOT NULL,
  entity_id       text NOT NULL,
  property_name   text NOT NULL,
  value           text,
  value_truncated boolean,

  -- Which event it is from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  entity_version  text COLLATE "C" NOT NULL,
  updated_at      timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id, property_name)
);

SELECT trunkline.isolate_tenants('crm.property');
