-- The effects of events that are kept in order by key, in the order in which they were applied.
CREATE TABLE tally.ordered (
  place     bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id text NOT NULL,
  event_id  uuid NOT NULL,
  key       text NOT NULL,
  n         integer NOT NULL
);
SELECT trunkline.isolate_tenants('tally.ordered');
