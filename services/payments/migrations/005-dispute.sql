-- The newest known state of every dispute, written by src/handlers/dispute.ts.
-- Columns follow schemas/payments/dispute.avsc; a dispute the provider has told us only part of has nulls.
CREATE TABLE payments.dispute (
  tenant_id            text NOT NULL,
  provider             text NOT NULL,
  account              text NOT NULL,
  kind                 text NOT NULL,
  entity_id            text NOT NULL,

  status               text,
  outcome              text,
  provider_status      text,
  stage                text,
  reason               text,
  network_reason_code  text,
  -- Minor units of the currency.
  amount               bigint,
  currency             text,
  payment_id           text,
  charge_id            text,
  is_charge_refundable boolean,
  evidence_due_at      timestamptz,
  closed_at            timestamptz,
  -- As text: it is the merchant's, and jsonb refuses some of what JSON allows.
  attributes_json      text,
  livemode             boolean,
  created_at           timestamptz,
  -- The provider's word; updated_at below is ours.
  provider_updated_at  timestamptz,

  -- Which event the fields are from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  entity_version       text COLLATE "C" NOT NULL,
  updated_at           timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('payments.dispute');
