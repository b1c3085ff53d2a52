-- The newest known state of every message, written by src/handlers/message.ts.
-- Columns follow schemas/telephony/message.avsc; a message the provider has told us only part of has nulls.
CREATE TABLE telephony.message (
  tenant_id                    text NOT NULL,
  provider                     text NOT NULL,
  account                      text NOT NULL,
  kind                         text NOT NULL,
  entity_id                    text NOT NULL,

  status                       text,
  provider_status              text,
  direction                    text,
  channel                      text,
  from_address                 text,
  to_address                   text,
  body                         text,
  body_truncated               boolean,
  media_count                  bigint,
  media_types                  text[],
  segment_count                bigint,
  messaging_service_id         text,
  conversation_id              text,
  client_reference             text,
  failure_code                 text,
  sent_at                      timestamptz,
  completed_at                 timestamptz,

  -- Which event each field is from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  status_version               text COLLATE "C",
  provider_status_version      text COLLATE "C",
  direction_version            text COLLATE "C",
  channel_version              text COLLATE "C",
  from_address_version         text COLLATE "C",
  to_address_version           text COLLATE "C",
  body_version                 text COLLATE "C",
  body_truncated_version       text COLLATE "C",
  media_count_version          text COLLATE "C",
  media_types_version          text COLLATE "C",
  segment_count_version        text COLLATE "C",
  messaging_service_id_version text COLLATE "C",
  conversation_id_version      text COLLATE "C",
  client_reference_version     text COLLATE "C",
  failure_code_version         text COLLATE "C",
  sent_at_version              text COLLATE "C",
  completed_at_version         text COLLATE "C",
  updated_at                   timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('telephony.message');
