-- Which events of its types an endpoint wants (docs/adr/0025-filters-in-cel.md): a condition in CEL; empty: all of them.
ALTER TABLE delivery.endpoint ADD COLUMN filter text NOT NULL DEFAULT '';

-- The newest event that the filter could not judge, and why: the endpoint was not told of it.
ALTER TABLE delivery.endpoint_health
  ADD COLUMN filter_failed_at timestamptz,
  ADD COLUMN filter_failure text;
