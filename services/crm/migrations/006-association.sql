-- The newest known state of every association, written by src/handlers/association.ts.
-- Columns follow schemas/crm/association.avsc; a field that no event has told yet is null.
CREATE TABLE crm.association (
  tenant_id                text NOT NULL,
  provider                 text NOT NULL,
  account                  text NOT NULL,
  kind                     text NOT NULL,
  entity_id                text NOT NULL,

  association_type         text,
  from_kind                text,
  from_id                  text,
  to_kind                  text,
  to_id                    text,
  is_removed               boolean,
  is_primary               boolean,

  -- Which event each field is from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  association_type_version text COLLATE "C",
  from_kind_version        text COLLATE "C",
  from_id_version          text COLLATE "C",
  to_kind_version          text COLLATE "C",
  to_id_version            text COLLATE "C",
  is_removed_version       text COLLATE "C",
  is_primary_version       text COLLATE "C",
  updated_at               timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('crm.association');
