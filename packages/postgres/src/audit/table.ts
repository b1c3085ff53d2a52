/** Any constant; ours spells "audit" in ASCII. */
const lockKey = '418581342580';

/**
 * What people did to an installation by hand, and why: append-only, each row sealed over the one before it. The trigger
 * numbers, dates and seals a row, so that nobody who may write here can date one back or leave one out.
 *
 * It does not stop whoever owns the database. It shows what they did: `checkAudit`.
 */
export const auditTableSql = `
CREATE TABLE IF NOT EXISTS trunkline.audit (
  seq    bigint PRIMARY KEY,
  at     timestamptz NOT NULL,
  actor  text NOT NULL CHECK (actor <> ''),
  -- Null: it concerns the installation, not one tenant.
  tenant text,
  action text NOT NULL CHECK (action <> ''),
  target text NOT NULL,
  note   text NOT NULL,
  detail jsonb NOT NULL,
  -- The seal of the row before; the empty text in row 1.
  prev   text NOT NULL,
  hash   text NOT NULL
);

CREATE OR REPLACE FUNCTION trunkline.audit_hash(entry trunkline.audit) RETURNS text LANGUAGE sql STABLE AS $body$
  -- Each part with its length before it, so that no two rows read alike.
  SELECT encode(sha256(convert_to(string_agg(coalesce(octet_length(part) || ':' || part, '-'), ',' ORDER BY place), 'UTF8')), 'hex')
  FROM unnest(ARRAY[
    entry.seq::text, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.actor, entry.tenant, entry.action, entry.target, entry.note, entry.detail::text, entry.prev
  ]) WITH ORDINALITY AS parts (part, place)
$body$;

CREATE OR REPLACE FUNCTION trunkline.audit_seal() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE last record;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION 'trunkline.audit is append-only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- One after the other until the transaction ends: the next row is sealed over this one.
  PERFORM pg_advisory_xact_lock(${lockKey});
  SELECT seq, hash INTO last FROM trunkline.audit ORDER BY seq DESC LIMIT 1;
  NEW.seq := coalesce(last.seq, 0) + 1;
  NEW.at := clock_timestamp();
  NEW.prev := coalesce(last.hash, '');
  NEW.hash := trunkline.audit_hash(NEW);
  RETURN NEW;
END
$body$;

CREATE OR REPLACE TRIGGER seal BEFORE INSERT OR UPDATE OR DELETE ON trunkline.audit
  FOR EACH ROW EXECUTE FUNCTION trunkline.audit_seal();
CREATE OR REPLACE TRIGGER keep BEFORE TRUNCATE ON trunkline.audit
  FOR EACH STATEMENT EXECUTE FUNCTION trunkline.audit_seal()`;
