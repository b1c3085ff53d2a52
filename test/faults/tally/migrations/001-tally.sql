-- No key on purpose: an effect that is applied twice must be able to stand here twice.
CREATE TABLE tally.effect (
  tenant_id   text NOT NULL,
  event_id    uuid NOT NULL,
  -- When the ingress took the delivery and when the effect was written, by the clocks of one machine.
  received_at timestamptz NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
SELECT trunkline.isolate_tenants('tally.effect');
