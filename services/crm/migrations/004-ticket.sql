-- The newest known state of every ticket, written by src/handlers/ticket.ts.
-- Columns follow schemas/crm/ticket.avsc; a field that no event has told yet is null.
CREATE TABLE crm.ticket (
  tenant_id                       text NOT NULL,
  provider                        text NOT NULL,
  account                         text NOT NULL,
  kind                            text NOT NULL,
  entity_id                       text NOT NULL,

  subject                         text,
  provider_status                 text,
  pipeline_id                     text,
  stage_id                        text,
  is_closed                       boolean,
  priority                        text,
  category                        text,
  channel                         text,
  owner_id                        text,
  contact_id                      text,
  company_id                      text,
  closed_at                       timestamptz,
  deletion_reason                 text,
  merged_into                     text,
  merged_from                     text[],
  custom_fields_json              text,
  custom_fields_truncated         boolean,
  created_at                      timestamptz,
  provider_updated_at             timestamptz,
  deleted_at                      timestamptz,

  -- Which event each field is from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  subject_version                 text COLLATE "C",
  provider_status_version         text COLLATE "C",
  pipeline_id_version             text COLLATE "C",
  stage_id_version                text COLLATE "C",
  is_closed_version               text COLLATE "C",
  priority_version                text COLLATE "C",
  category_version                text COLLATE "C",
  channel_version                 text COLLATE "C",
  owner_id_version                text COLLATE "C",
  contact_id_version              text COLLATE "C",
  company_id_version              text COLLATE "C",
  closed_at_version               text COLLATE "C",
  deletion_reason_version         text COLLATE "C",
  merged_into_version             text COLLATE "C",
  merged_from_version             text COLLATE "C",
  custom_fields_json_version      text COLLATE "C",
  custom_fields_truncated_version text COLLATE "C",
  created_at_version              text COLLATE "C",
  provider_updated_at_version     text COLLATE "C",
  existence_version               text COLLATE "C",
  updated_at                      timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('crm.ticket');
