-- No key on purpose: an effect that is applied twice must be able to stand here twice.
CREATE TABLE tally.effect (
  tenant_id text NOT NULL,
  event_id  uuid NOT NULL
);
SELECT trunkline.isolate_tenants('tally.effect');
