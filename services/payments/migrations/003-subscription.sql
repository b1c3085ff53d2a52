-- The newest known state of every subscription, written by src/handlers/subscription.ts.
-- Columns follow schemas/payments/subscription.avsc; a subscription the provider has told us only part of has nulls.
CREATE TABLE payments.subscription (
  tenant_id                text NOT NULL,
  provider                 text NOT NULL,
  account                  text NOT NULL,
  kind                     text NOT NULL,
  entity_id                text NOT NULL,

  status                   text,
  provider_status          text,
  customer_id              text,
  -- SubscriptionItem of the schema, in the order of the provider.
  items                    jsonb,
  items_truncated          boolean,
  currency                 text,
  collection_method        text,
  payment_method_id        text,
  latest_invoice_id        text,
  cancel_at_period_end     boolean,
  cancel_at                timestamptz,
  cancellation_reason      text,
  started_at               timestamptz,
  trial_starts_at          timestamptz,
  trial_ends_at            timestamptz,
  current_period_starts_at timestamptz,
  current_period_ends_at   timestamptz,
  canceled_at              timestamptz,
  ended_at                 timestamptz,
  -- As text: it is the merchant's, and jsonb refuses some of what JSON allows.
  attributes_json          text,
  livemode                 boolean,
  created_at               timestamptz,

  -- Which event the fields are from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  entity_version           text COLLATE "C" NOT NULL,
  updated_at               timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

SELECT trunkline.isolate_tenants('payments.subscription');
