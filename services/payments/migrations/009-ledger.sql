-- The ledger: what was said about money (facts) and what follows from it (postings), by src/ledger. Each fact stands
-- once however many sources tell it: no source is part of a key.

-- An object whose money anybody spoke of. Who writes facts of one holds its row first: of two transactions that each
-- bring half of a story, the second sees what the first wrote.
CREATE TABLE payments.ledger_object (
  tenant_id    text NOT NULL,
  provider     text NOT NULL,
  account      text NOT NULL,
  kind         text NOT NULL,
  object_id    text NOT NULL,
  -- Told with different amounts, and not settled by a correction.
  contradicted boolean NOT NULL DEFAULT false,

  PRIMARY KEY (tenant_id, provider, account, kind, object_id)
);
CREATE INDEX ledger_object_contradicted ON payments.ledger_object (tenant_id) WHERE contradicted;

-- A fact told again with the same amount is the same row, whose version is the newest that said so; with another amount
-- it is a row more, `<fact>@<version>`. The newest version counts.
CREATE TABLE payments.ledger_fact (
  tenant_id      text NOT NULL,
  provider       text NOT NULL,
  account        text NOT NULL,
  kind           text NOT NULL,
  object_id      text NOT NULL,
  fact           text NOT NULL,

  -- Minor units of the currency; null where the fact only says that something happened.
  amount         bigint,
  currency       text,
  occurred_at    timestamptz NOT NULL,
  entity_version text COLLATE "C" NOT NULL,
  event_id       uuid NOT NULL,

  PRIMARY KEY (tenant_id, provider, account, kind, object_id, fact),
  CHECK ((amount IS NULL) = (currency IS NULL))
);

-- Double entry in one row, so that it balances by being one. Append-only: what turns out otherwise is posted as the
-- difference, `<posting>@<version>`.
CREATE TABLE payments.posting (
  tenant_id    text NOT NULL,
  provider     text NOT NULL,
  account      text NOT NULL,
  kind         text NOT NULL,
  object_id    text NOT NULL,
  posting      text NOT NULL,

  debit        text NOT NULL CHECK (debit IN ('balance', 'received', 'refunded', 'disputed', 'payout', 'fees', 'adjustment')),
  credit       text NOT NULL CHECK (credit IN ('balance', 'received', 'refunded', 'disputed', 'payout', 'fees', 'adjustment')),
  amount       bigint NOT NULL CHECK (amount > 0),
  currency     text NOT NULL,
  effective_at timestamptz NOT NULL,
  event_id     uuid NOT NULL,
  posted_at    timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, object_id, posting),
  CHECK (credit <> debit)
);
CREATE INDEX posting_debit  ON payments.posting (tenant_id, provider, account, debit, currency) INCLUDE (amount, effective_at);
CREATE INDEX posting_credit ON payments.posting (tenant_id, provider, account, credit, currency) INCLUDE (amount, effective_at);

SELECT trunkline.isolate_tenants('payments.ledger_object'), trunkline.isolate_tenants('payments.ledger_fact'),
  trunkline.isolate_tenants('payments.posting');

-- A trigger and not a revoked right: every migration grants a service its rights anew, and an owner needs none. For
-- each statement, so that one that would meet no row is refused, too.
CREATE FUNCTION payments.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'payments.posting is append-only: post the difference' USING ERRCODE = 'insufficient_privilege';
END
$body$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments.posting
  FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse_change();

-- Debits minus credits of every ledger account, by what had happened until then. Currencies are never added together.
CREATE FUNCTION payments.balance_as_of(until timestamptz)
RETURNS TABLE (tenant_id text, provider text, account text, ledger_account text, currency text, amount numeric)
LANGUAGE sql STABLE AS $body$
  SELECT tenant_id, provider, account, ledger_account, currency, sum(amount)
  FROM (
    SELECT tenant_id, provider, account, debit, currency, amount, effective_at FROM payments.posting
    UNION ALL
    SELECT tenant_id, provider, account, credit, currency, -amount, effective_at FROM payments.posting
  ) AS side (tenant_id, provider, account, ledger_account, currency, amount, effective_at)
  WHERE effective_at <= until
  GROUP BY 1, 2, 3, 4, 5
$body$;

CREATE VIEW payments.balance WITH (security_invoker = true) AS
  SELECT tenant_id, provider, account, ledger_account, currency, amount FROM payments.balance_as_of('infinity');

-- What should be posted by the facts, where that is not what is posted: empty while the ledger is sound. The rules of
-- src/ledger/postings.ts once more and in another language, so that neither can hide a mistake of its own.
CREATE VIEW payments.ledger_difference WITH (security_invoker = true) AS
WITH rule (posting, debit, amount_of, needs) AS (
  VALUES
    ('received', 'balance', 'payment.succeeded', '{}'::text[]),
    ('payment_fee', 'fees', 'payment.fee', '{payment.succeeded}'),
    ('refunded', 'refunded', 'refund.succeeded', '{}'),
    ('refund_returned', 'balance', 'refund.succeeded', '{refund.failed}'),
    ('refund_fee', 'balance', 'refund.fee', '{refund.succeeded}'),
    ('refund_fee_returned', 'fees', 'refund.fee', '{refund.succeeded,refund.failed}'),
    ('withdrawn', 'disputed', 'dispute.opened', '{}'),
    ('reinstated', 'balance', 'dispute.opened', '{dispute.won}'),
    ('dispute_fee', 'fees', 'dispute.fee', '{dispute.opened}'),
    ('paid_out', 'payout', 'payout.paid', '{}'),
    ('payout_returned', 'balance', 'payout.paid', '{payout.failed}')
),
newest AS (
  SELECT DISTINCT ON (tenant_id, provider, account, kind, object_id, split_part(fact, '@', 1))
    tenant_id, provider, account, kind, object_id, split_part(fact, '@', 1) AS fact, amount, currency, entity_version
  FROM payments.ledger_fact
  ORDER BY tenant_id, provider, account, kind, object_id, split_part(fact, '@', 1), entity_version DESC
),
object AS (
  SELECT tenant_id, provider, account, kind, object_id, array_agg(fact) AS facts,
    max(entity_version) FILTER (WHERE fact = 'dispute.won') AS won,
    max(entity_version) FILTER (WHERE fact = 'dispute.lost') AS lost
  FROM newest GROUP BY 1, 2, 3, 4, 5
),
due AS (
  SELECT tenant_id, provider, account, kind, object_id, posting, currency, amount::numeric AS amount
  FROM newest
  JOIN rule ON amount_of = fact
  JOIN object USING (tenant_id, provider, account, kind, object_id)
  WHERE facts @> needs AND (posting <> 'reinstated' OR lost IS NULL OR won > lost)
),
posted AS (
  SELECT p.tenant_id, p.provider, p.account, p.kind, p.object_id, split_part(p.posting, '@', 1) AS posting, p.currency,
    sum(CASE p.debit WHEN rule.debit THEN p.amount ELSE -p.amount END) AS amount
  FROM payments.posting p
  LEFT JOIN rule ON rule.posting = split_part(p.posting, '@', 1)
  GROUP BY 1, 2, 3, 4, 5, 6, 7
)
SELECT tenant_id, provider, account, kind, object_id, posting, currency, coalesce(due.amount, 0) AS due, posted.amount AS posted
FROM due FULL JOIN posted USING (tenant_id, provider, account, kind, object_id, posting, currency)
WHERE coalesce(due.amount, 0) <> coalesce(posted.amount, 0);
