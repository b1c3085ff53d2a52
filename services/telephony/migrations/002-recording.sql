-- The newest known state of every recording, written by src/handlers/recording.ts.
-- Columns follow schemas/telephony/recording.avsc; a recording the provider has told us only part of has nulls.
CREATE TABLE telephony.recording (
  tenant_id        text NOT NULL,
  provider         text NOT NULL,
  account          text NOT NULL,
  kind             text NOT NULL,
  entity_id        text NOT NULL,

  status           text,
  provider_status  text,
  -- The entity_id of the call, which may not be there yet: topics promise each other no order.
  call_id          text,
  conversation_id  text,
  media_url        text,
  format           text,
  duration_seconds bigint,
  channels         bigint,
  track            text,
  source           text,
  size_bytes       bigint,
  failure_code     text,
  started_at       timestamptz,
  ended_at         timestamptz,

  -- Which event the fields are from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  entity_version   text COLLATE "C" NOT NULL,
  updated_at       timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

-- What a call has. By hash, because an id of a provider may be longer than an ordered index takes.
CREATE INDEX recording_of_call ON telephony.recording USING hash (call_id);

SELECT trunkline.isolate_tenants('telephony.recording');
