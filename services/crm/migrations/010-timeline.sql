-- What happened with customers, from every domain: calls, messages, bookings, payments, mails, and what the CRM itself
-- keeps (src/timeline). A touch says what, when and how it went, and nothing of what was said in it.
CREATE TABLE crm.touch (
  tenant_id         text NOT NULL,
  provider          text NOT NULL,
  account           text NOT NULL,
  kind              text NOT NULL,
  entity_id         text NOT NULL,

  what              text,
  -- The earliest time that any event about it told.
  happened_at       timestamptz,
  status            text,
  direction         text,
  amount            bigint,
  currency          text,
  -- The tenant's own phone it was at, by the directory of the time.
  phone_id          text,

  -- Which event each field is from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
  what_version      text COLLATE "C",
  status_version    text COLLATE "C",
  direction_version text COLLATE "C",
  amount_version    text COLLATE "C",
  currency_version  text COLLATE "C",
  phone_id_version  text COLLATE "C",
  updated_at        timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)
);

-- With whom it was: the digests of addresses, of contacts and customers by their ids, and of the payment that it is
-- about. It points at no person: who has the address is found out when somebody reads.
CREATE TABLE crm.touch_address (
  tenant_id   text NOT NULL,
  digest      bytea NOT NULL CHECK (octet_length(digest) = 32),
  happened_at timestamptz NOT NULL,
  provider    text NOT NULL,
  account     text NOT NULL,
  kind        text NOT NULL,
  entity_id   text NOT NULL,

  PRIMARY KEY (tenant_id, provider, account, kind, entity_id, digest)
);
CREATE INDEX touches_at_address ON crm.touch_address (tenant_id, digest, happened_at, provider, account, kind, entity_id);

-- Addresses of customers, learned from what names both: a payment may know only its customer.
CREATE TABLE crm.customer_address (
  tenant_id text NOT NULL,
  digest    bytea NOT NULL CHECK (octet_length(digest) = 32),
  customer  bytea NOT NULL CHECK (octet_length(customer) = 32),

  PRIMARY KEY (tenant_id, digest, customer)
);

SELECT trunkline.isolate_tenants('crm.touch');
SELECT trunkline.isolate_tenants('crm.touch_address');
SELECT trunkline.isolate_tenants('crm.customer_address');

-- A page of a person's history, the latest first: touches before (before_at, before_entity), which are the last of the
-- page before. Each address is read by its own index, as many rows as the page has, so what it costs does not grow with
-- the history; of more than 64 addresses the first are taken. At most 200 rows.
CREATE FUNCTION crm.timeline(of_tenant text, of_person uuid, before_at timestamptz, before_entity text[], how_many integer)
RETURNS TABLE (provider text, account text, kind text, entity_id text, what text, happened_at timestamptz, status text,
  direction text, amount bigint, currency text, phone_id text)
LANGUAGE sql STABLE AS $$
  WITH of_contact AS (
    SELECT c.* FROM crm.person p
    JOIN crm.contact_person c ON c.tenant_id = p.tenant_id AND c.person_id = coalesce(p.merged_into, p.person_id)
    WHERE p.tenant_id = of_tenant AND p.person_id = of_person
  ), held AS (
    -- What happened before an erasure is left to those who had the address before it, too.
    SELECT a.digest, CASE WHEN min(a.since) <= e.erased_until THEN NULL ELSE e.erased_until END AS after
    FROM of_contact c
    JOIN crm.contact_address a
      ON (a.tenant_id, a.provider, a.account, a.kind, a.entity_id) = (c.tenant_id, c.provider, c.account, c.kind, c.entity_id)
    LEFT JOIN crm.erased_address e ON e.tenant_id = a.tenant_id AND e.digest = a.digest
    WHERE a.is_held
    GROUP BY a.digest, e.erased_until
  ), party AS (
    SELECT digest, coalesce(min(after), '-infinity') AS after FROM (
      SELECT digest, coalesce(after, '-infinity') AS after FROM held
      UNION ALL
      SELECT c.reference, coalesce(e.erased_until, '-infinity') FROM of_contact c
      LEFT JOIN crm.erased_address e ON e.tenant_id = c.tenant_id AND e.digest = c.reference
      UNION ALL
      SELECT k.customer, coalesce(h.after, '-infinity') FROM held h
      JOIN crm.customer_address k ON k.tenant_id = of_tenant AND k.digest = h.digest
    ) AS known GROUP BY digest ORDER BY digest LIMIT 64
  ), page AS (
    SELECT DISTINCT found.* FROM party CROSS JOIN LATERAL (
      SELECT a.happened_at, a.provider, a.account, a.kind, a.entity_id FROM crm.touch_address a
      WHERE a.tenant_id = of_tenant AND a.digest = party.digest AND a.happened_at > party.after
        AND (a.happened_at, a.provider, a.account, a.kind, a.entity_id)
          < (before_at, before_entity[1], before_entity[2], before_entity[3], before_entity[4])
      ORDER BY a.happened_at DESC, a.provider DESC, a.account DESC, a.kind DESC, a.entity_id DESC
      LIMIT least(how_many, 200)
    ) AS found
    ORDER BY found.happened_at DESC, found.provider DESC, found.account DESC, found.kind DESC, found.entity_id DESC
    LIMIT least(how_many, 200)
  )
  SELECT t.provider, t.account, t.kind, t.entity_id, t.what, page.happened_at, t.status, t.direction, t.amount, t.currency,
    t.phone_id
  FROM page JOIN crm.touch t ON t.tenant_id = of_tenant
    AND (t.provider, t.account, t.kind, t.entity_id) = (page.provider, page.account, page.kind, page.entity_id)
  ORDER BY page.happened_at DESC, t.provider DESC, t.account DESC, t.kind DESC, t.entity_id DESC
$$;
