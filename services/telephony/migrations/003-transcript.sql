-- The newest known state of every transcript, written by src/handlers/transcript.ts.
-- Columns follow schemas/telephony/transcript.avsc; a transcript the provider has told us only part of has nulls.
CREATE TABLE telephony.transcript (
  tenant_id       text NOT NULL,
  provider        text NOT NULL,
  account         text NOT NULL,
  kind            text NOT NULL,
  entity_id       text NOT NULL,

  status          text,
  provider_status text,
  -- The entity_id of the call, which may not be there yet: topics promise each other no order.
  call_id         text,
  recording_id    text,
  conversation_id text,
  text            text,
  text_truncated  boolean,
  content_url     text,
  language        text,
  track           text,
  is_final        boolean,
  sequence        bigint,
  failure_code    text,

  -- Which event the fields are from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  entity_version  text COLLATE "C" NOT NULL,
  updated_at      timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

-- What a call has. By hash, because an id of a provider may be longer than an ordered index takes.
CREATE INDEX transcript_of_call ON telephony.transcript USING hash (call_id);

SELECT trunkline.isolate_tenants('telephony.transcript');
