-- The newest known state of every refund, written by src/handlers/refund.ts.
-- Columns follow schemas/payments/refund.avsc; a refund the provider has told us only part of has nulls.
CREATE TABLE payments.refund (
  tenant_id       text NOT NULL,
  provider        text NOT NULL,
  account         text NOT NULL,
  kind            text NOT NULL,
  entity_id       text NOT NULL,

  status          text,
  provider_status text,
  -- Minor units of the currency.
  amount          bigint,
  currency        text,
  payment_id      text,
  charge_id       text,
  order_id        text,
  invoice_id      text,
  reason          text,
  failure_reason  text,
  -- As text: it is the merchant's, and jsonb refuses some of what JSON allows.
  attributes_json text,
  livemode        boolean,
  created_at      timestamptz,

  -- Which event the fields are from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  entity_version  text COLLATE "C" NOT NULL,
  updated_at      timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('payments.refund');
