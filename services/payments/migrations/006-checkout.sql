-- The newest known state of every checkout, written by src/handlers/checkout.ts.
-- Columns follow schemas/payments/checkout.avsc; a checkout the provider has told us only part of has nulls.
CREATE TABLE payments.checkout (
  tenant_id        text NOT NULL,
  provider         text NOT NULL,
  account          text NOT NULL,
  kind             text NOT NULL,
  entity_id        text NOT NULL,

  status           text,
  provider_status  text,
  payment_status   text,
  mode             text,
  customer_id      text,
  customer_email   text,
  -- Minor units of the currency.
  subtotal         bigint,
  tax_amount       bigint,
  discount_amount  bigint,
  shipping_amount  bigint,
  total            bigint,
  currency         text,
  payment_id       text,
  subscription_id  text,
  invoice_id       text,
  order_id         text,
  order_number     text,
  client_reference text,
  -- As text: it is the merchant's, and jsonb refuses some of what JSON allows.
  attributes_json  text,
  livemode         boolean,
  created_at       timestamptz,
  completed_at     timestamptz,
  expires_at       timestamptz,

  -- Which event the fields are from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  entity_version   text COLLATE "C" NOT NULL,
  updated_at       timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('payments.checkout');
