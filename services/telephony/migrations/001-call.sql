-- The newest known state of every call, written by src/handlers/call.ts.
-- Columns follow schemas/telephony/call.avsc; a call the provider has told us only part of has nulls.
CREATE TABLE telephony.call (
  tenant_id                 text NOT NULL,
  provider                  text NOT NULL,
  account                   text NOT NULL,
  kind                      text NOT NULL,
  entity_id                 text NOT NULL,

  status                    text,
  outcome                   text,
  provider_status           text,
  direction                 text,
  from_address              text,
  to_address                text,
  forwarded_from            text,
  parent_call_id            text,
  conversation_id           text,
  duration_seconds          bigint,
  answered_by               text,
  hangup_cause              text,
  hangup_source             text,
  sip_response_code         bigint,
  failure_code              text,
  started_at                timestamptz,
  answered_at               timestamptz,
  ended_at                  timestamptz,

  -- Which event each field is from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  status_version            text COLLATE "C",
  outcome_version           text COLLATE "C",
  provider_status_version   text COLLATE "C",
  direction_version         text COLLATE "C",
  from_address_version      text COLLATE "C",
  to_address_version        text COLLATE "C",
  forwarded_from_version    text COLLATE "C",
  parent_call_id_version    text COLLATE "C",
  conversation_id_version   text COLLATE "C",
  duration_seconds_version  text COLLATE "C",
  answered_by_version       text COLLATE "C",
  hangup_cause_version      text COLLATE "C",
  hangup_source_version     text COLLATE "C",
  sip_response_code_version text COLLATE "C",
  failure_code_version      text COLLATE "C",
  started_at_version        text COLLATE "C",
  answered_at_version       text COLLATE "C",
  ended_at_version          text COLLATE "C",
  updated_at                timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('telephony.call');
