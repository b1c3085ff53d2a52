-- The newest known state of every payment, written by src/handlers/payment.ts.
-- Columns follow schemas/payments/payment.avsc; a payment the provider has told us only part of has nulls.
CREATE TABLE payments.payment (
  tenant_id            text NOT NULL,
  provider             text NOT NULL,
  account              text NOT NULL,
  kind                 text NOT NULL,
  entity_id            text NOT NULL,

  status               text,
  provider_status      text,
  -- Minor units of the currency.
  amount               bigint,
  amount_capturable    bigint,
  amount_received      bigint,
  currency             text,
  customer_id          text,
  payment_method_id    text,
  payment_method_type  text,
  payment_method_types text[],
  capture_method       text,
  next_action_type     text,
  failure_code         text,
  failure_reason       text,
  cancellation_reason  text,
  charge_id            text,
  invoice_id           text,
  order_id             text,
  statement_descriptor text,
  -- As text: it is the merchant's, and jsonb refuses some of what JSON allows.
  attributes_json      text,
  livemode             boolean,
  created_at           timestamptz,
  canceled_at          timestamptz,

  -- Which event the fields are from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  entity_version       text COLLATE "C" NOT NULL,
  updated_at           timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('payments.payment');
