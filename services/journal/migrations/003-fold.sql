-- Makes one row of the rows of each minute, tenant, source, kind and name, for minutes that are over: each batch wrote
-- its own. In one statement, so that a reader sees the counts before or after it, and they are the same.
CREATE FUNCTION journal.fold_rollups(since timestamptz, until timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  WITH gone AS (
    DELETE FROM journal.rollup WHERE minute >= since AND minute < until RETURNING *
  ), folded AS (
    INSERT INTO journal.rollup (minute, count, bytes, tenant_id, source, kind, name, latency)
    SELECT minute, sum(count), sum(bytes), tenant_id, source, kind, name,
      ARRAY[sum(latency[1]), sum(latency[2]), sum(latency[3]), sum(latency[4]), sum(latency[5]), sum(latency[6]),
        sum(latency[7]), sum(latency[8]), sum(latency[9]), sum(latency[10]), sum(latency[11]), sum(latency[12])]::bigint[]
    FROM gone GROUP BY minute, tenant_id, source, kind, name
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM folded)
$body$;
