-- The newest known state of every company, written by src/handlers/company.ts.
-- Columns follow schemas/crm/company.avsc; a field that no event has told yet is null.
CREATE TABLE crm.company (
  tenant_id                       text NOT NULL,
  provider                        text NOT NULL,
  account                         text NOT NULL,
  kind                            text NOT NULL,
  entity_id                       text NOT NULL,

  name                            text,
  domain                          text,
  phone                           text,
  industry                        text,
  employee_count                  bigint,
  city                            text,
  country                         text,
  owner_id                        text,
  lifecycle_stage                 text,
  deletion_reason                 text,
  merged_into                     text,
  merged_from                     text[],
  custom_fields_json              text,
  custom_fields_truncated         boolean,
  created_at                      timestamptz,
  provider_updated_at             timestamptz,
  labels                          text[],
  deleted_at                      timestamptz,

  -- Which event each field is from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  name_version                    text COLLATE "C",
  domain_version                  text COLLATE "C",
  phone_version                   text COLLATE "C",
  industry_version                text COLLATE "C",
  employee_count_version          text COLLATE "C",
  city_version                    text COLLATE "C",
  country_version                 text COLLATE "C",
  owner_id_version                text COLLATE "C",
  lifecycle_stage_version         text COLLATE "C",
  deletion_reason_version         text COLLATE "C",
  merged_into_version             text COLLATE "C",
  merged_from_version             text COLLATE "C",
  custom_fields_json_version      text COLLATE "C",
  custom_fields_truncated_version text COLLATE "C",
  created_at_version              text COLLATE "C",
  provider_updated_at_version     text COLLATE "C",
  labels_version                  text COLLATE "C",
  existence_version               text COLLATE "C",
  updated_at                      timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('crm.company');
