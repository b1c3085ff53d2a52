/**
 * Day partitions of a table that is partitioned by a time (`PARTITION BY RANGE (<timestamptz>)`), in the form *write-only*:
 * the parent has FORCE row security and is read, its partitions have none and take INSERT alone. COPY is refused on a
 * table with row security, so this is how a service appends at the speed of COPY and still reads only through the policy.
 *
 * These run with the rights of the caller, who has to own the parent: a service reaches them through a SECURITY DEFINER
 * function of its own schema, which names its own tables (`definerFunctions`).
 */
export const partitionFunctionsSql = `
-- The partition of one day, UTC: <parent>_YYYYMMDD. Attached, not created as one: that would lock out the readers.
CREATE OR REPLACE FUNCTION trunkline.open_day(parent regclass, day date) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  schema name := (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = parent);
  partition name := (SELECT relname FROM pg_class WHERE oid = parent) || to_char(day, '_YYYYMMDD');
  index regclass;
BEGIN
  -- One after the other: two members of a group open the same day at midnight.
  PERFORM pg_advisory_xact_lock(hashtextextended(format('trunkline.open_day %s', parent), 0));
  IF to_regclass(format('%I.%I', schema, partition)) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I.%I (LIKE %s INCLUDING ALL)', schema, partition, parent);
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)', parent, schema, partition,
    day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
  EXECUTE format('GRANT INSERT ON %I.%I TO %I', schema, partition, current_database() || '_' || schema);
  FOR index IN SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
    WHERE i.indrelid = format('%I.%I', schema, partition)::regclass AND a.amname = 'brin'
  LOOP
    -- Made on an empty table, its first range counts as summarised, and every insert into it would rewrite the summary.
    PERFORM brin_desummarize_range(index, 0);
  END LOOP;
END
$body$;

-- Drops the partitions of the days before this one.
CREATE OR REPLACE FUNCTION trunkline.drop_days(parent regclass, before date) RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  partition regclass;
  dropped integer := 0;
BEGIN
  FOR partition IN SELECT c.oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = parent AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
  LOOP
    EXECUTE format('DROP TABLE %s', partition);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$body$;

-- Summarises what the BRIN indexes of the partitions lack: full ranges only, for a summary of the last one would be
-- rewritten by every insert. From the end backwards, until a range that has its summary; VACUUM does what is left out.
CREATE OR REPLACE FUNCTION trunkline.summarise_days(parent regclass) RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  found record;
  block bigint;
  summarised integer := 0;
BEGIN
  FOR found IN
    SELECT i.indexrelid AS index, pg_relation_size(i.indrelid) / current_setting('block_size')::bigint AS blocks,
      coalesce((SELECT split_part(option, '=', 2)::bigint FROM unnest(c.reloptions) AS option
        WHERE starts_with(option, 'pages_per_range=')), 128) AS per_range
    FROM pg_inherits h JOIN pg_index i ON i.indrelid = h.inhrelid JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_am a ON a.oid = c.relam WHERE h.inhparent = parent AND a.amname = 'brin'
  LOOP
    block := (found.blocks / found.per_range - 1) * found.per_range;
    WHILE block >= 0 LOOP
      EXIT WHEN brin_summarize_range(found.index, block) = 0;
      summarised := summarised + 1;
      block := block - found.per_range;
    END LOOP;
  END LOOP;
  RETURN summarised;
END
$body$`;
