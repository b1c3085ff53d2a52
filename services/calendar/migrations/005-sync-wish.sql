-- When a reading of what is watched was last wished for, written by src/sync/coalesce.ts. Its row is also the lock that
-- puts the wishes of one resource in order.
CREATE TABLE calendar.sync_wish (
  tenant_id text NOT NULL,
  source_id text NOT NULL,
  resource  text NOT NULL,
  reason    text NOT NULL,
  asked_at  timestamptz NOT NULL,

  PRIMARY KEY (tenant_id, source_id, resource)
);

SELECT trunkline.isolate_tenants('calendar.sync_wish');
