-- The newest known state of every invoice, written by src/handlers/invoice.ts.
-- Columns follow schemas/payments/invoice.avsc; an invoice the provider has told us only part of has nulls.
CREATE TABLE payments.invoice (
  tenant_id               text NOT NULL,
  provider                text NOT NULL,
  account                 text NOT NULL,
  kind                    text NOT NULL,
  entity_id               text NOT NULL,

  status                  text,
  provider_status         text,
  number                  text,
  customer_id             text,
  subscription_id         text,
  payment_id              text,
  order_id                text,
  -- Minor units of the currency.
  subtotal                bigint,
  tax_amount              bigint,
  total                   bigint,
  amount_due              bigint,
  amount_paid             bigint,
  amount_remaining        bigint,
  currency                text,
  billing_reason          text,
  collection_method       text,
  attempt_count           bigint,
  next_payment_attempt_at timestamptz,
  due_at                  timestamptz,
  period_starts_at        timestamptz,
  period_ends_at          timestamptz,
  finalized_at            timestamptz,
  paid_at                 timestamptz,
  voided_at               timestamptz,
  marked_uncollectible_at timestamptz,
  -- As text: it is the merchant's, and jsonb refuses some of what JSON allows.
  attributes_json         text,
  livemode                boolean,
  created_at              timestamptz,

  -- Which event the fields are from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  entity_version          text COLLATE "C" NOT NULL,
  updated_at              timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('payments.invoice');
