-- One record on a topic of requests: what somebody was asked to do, and the event that it began with.
CREATE TABLE journal.request (
  appended_at  timestamptz NOT NULL,
  off          bigint NOT NULL,
  requested_at timestamptz NOT NULL,
  topic        integer NOT NULL,
  type         integer NOT NULL,
  bytes        integer NOT NULL,
  part         smallint NOT NULL,
  request_id   uuid NOT NULL,
  caused_by    uuid,
  tenant_id    text NOT NULL
) PARTITION BY RANGE (appended_at);
CREATE INDEX request_time ON journal.request (tenant_id, appended_at);
CREATE INDEX request_id ON journal.request (request_id);
CREATE INDEX request_cause ON journal.request (caused_by);

SELECT trunkline.isolate_tenants('journal.request'), trunkline.show_all_tenants('journal.request');

CREATE OR REPLACE FUNCTION journal.open_day(day date) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT trunkline.open_day(parent, day)
  FROM unnest(ARRAY['journal.event', 'journal.delivery', 'journal.rejection', 'journal.step', 'journal.rollup', 'journal.request']::regclass[]) AS parent
$body$;

CREATE OR REPLACE FUNCTION journal.drop_days(event_days integer, rejection_days integer, step_days integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT sum(trunkline.drop_days(parent, (now() AT TIME ZONE 'UTC')::date - days)) FROM (VALUES
    ('journal.event'::regclass, event_days), ('journal.delivery', event_days), ('journal.request', event_days),
    ('journal.rollup', step_days), ('journal.rejection', rejection_days), ('journal.step', step_days)) AS kept (parent, days)
$body$;
