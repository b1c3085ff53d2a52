-- Fields that schemas got as their second release. The version of a payment, subscription or checkout is null while
-- only such events were seen that tell a group of fields by itself: see `apart` of its handler.
ALTER TABLE payments.payment
  ADD COLUMN payer_email     text,
  ADD COLUMN subscription_id text,
  ADD COLUMN amount_refunded bigint,
  ADD COLUMN fee_amount      bigint,
  ADD COLUMN net_amount      bigint,
  ADD COLUMN card_brand      text,
  ADD COLUMN card_last4      text,
  ADD COLUMN charge_version  text COLLATE "C",
  ADD COLUMN payer_version   text COLLATE "C",
  ALTER COLUMN entity_version DROP NOT NULL;

ALTER TABLE payments.invoice
  ADD COLUMN customer_email text;

ALTER TABLE payments.subscription
  ADD COLUMN customer_email       text,
  ADD COLUMN next_billing_at      timestamptz,
  ADD COLUMN failed_payment_count bigint,
  ADD COLUMN failure_code         text,
  ADD COLUMN billing_version      text COLLATE "C",
  ALTER COLUMN entity_version DROP NOT NULL;

ALTER TABLE payments.refund
  ADD COLUMN fee_amount bigint,
  ADD COLUMN net_amount bigint;

ALTER TABLE payments.dispute
  ADD COLUMN order_id   text,
  ADD COLUMN fee_amount bigint,
  ADD COLUMN net_amount bigint;

ALTER TABLE payments.checkout
  ADD COLUMN customer_phone         text,
  -- CheckoutItem of the schema, in the order of the provider.
  ADD COLUMN items                  jsonb,
  ADD COLUMN items_truncated        boolean,
  ADD COLUMN discount_codes         text[],
  ADD COLUMN tags                   text[],
  ADD COLUMN shipping_country       text,
  ADD COLUMN fulfillment_status     text,
  ADD COLUMN shipment_status        text,
  ADD COLUMN tracking_company       text,
  ADD COLUMN tracking_number        text,
  ADD COLUMN cancellation_reason    text,
  ADD COLUMN canceled_at            timestamptz,
  ADD COLUMN payment_status_version text COLLATE "C",
  ADD COLUMN shipment_version       text COLLATE "C",
  ALTER COLUMN entity_version DROP NOT NULL;

-- What the rows of today were told by.
UPDATE payments.checkout SET payment_status_version = entity_version;
