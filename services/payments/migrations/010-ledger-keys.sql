-- What the ledger costs Postgres, for the same rows. What was unique is, and ON CONFLICT names the columns of a key in any
-- order.

-- Keys begin with what tells objects apart. As they were, each of some dozen comparisons on the way to a row went past
-- four columns that nearly all rows share; and `trunkline ledger show`, which knows only the id of an object, read them all.
ALTER TABLE payments.ledger_object DROP CONSTRAINT ledger_object_pkey,
  ADD PRIMARY KEY (object_id, kind, account, provider, tenant_id);
ALTER TABLE payments.ledger_fact DROP CONSTRAINT ledger_fact_pkey,
  ADD PRIMARY KEY (object_id, kind, account, provider, tenant_id, fact);
ALTER TABLE payments.posting DROP CONSTRAINT posting_pkey,
  ADD PRIMARY KEY (object_id, kind, account, provider, tenant_id, posting);

-- A balance takes both sides of every posting: it is read once, summed by what moved from where to where, and then told
-- for either side. So one index is enough.
CREATE INDEX posting_account ON payments.posting (account, tenant_id, provider)
  INCLUDE (debit, credit, currency, amount, effective_at);
DROP INDEX payments.posting_debit, payments.posting_credit;

CREATE OR REPLACE FUNCTION payments.balance_as_of(until timestamptz)
RETURNS TABLE (tenant_id text, provider text, account text, ledger_account text, currency text, amount numeric)
LANGUAGE sql STABLE AS $body$
  SELECT tenant_id, provider, account, side.ledger_account, currency, sum(side.amount)
  FROM (
    SELECT tenant_id, provider, account, debit, credit, currency, sum(amount) AS amount
    FROM payments.posting
    WHERE effective_at <= until
    GROUP BY 1, 2, 3, 4, 5, 6
  ) AS moved
  CROSS JOIN LATERAL (VALUES (debit, moved.amount), (credit, -moved.amount)) AS side (ledger_account, amount)
  GROUP BY 1, 2, 3, 4, 5
$body$;
