-- The row lock that stands for a key of the outbox: whoever asks takes it before the row's id is drawn.
CREATE TABLE tally.asked (
  tenant_id text NOT NULL,
  key       text NOT NULL,
  requests  integer NOT NULL,
  PRIMARY KEY (tenant_id, key)
);
SELECT trunkline.isolate_tenants('tally.asked');
