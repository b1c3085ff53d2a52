-- What the CRM says of a contact only by a link (HubSpot: a deal, a ticket, an activity) is on the timeline, too, for as
-- long as the link is there. By hash, because an id of a provider may be longer than an ordered index takes.
CREATE INDEX association_from ON crm.association USING hash (from_id);
CREATE INDEX association_to ON crm.association USING hash (to_id);

-- A page of a person's history, the latest first: touches before (before_at, before_entity), which are the last of the
-- page before. Each address is read by its own index, as many rows as the page has, so what it costs does not grow with
-- the history; of more than 64 addresses the first are taken. Of what the CRM linked to a
-- contact the 1,000 newest links are. At most 200 rows.
CREATE OR REPLACE FUNCTION crm.timeline(of_tenant text, of_person uuid, before_at timestamptz, before_entity text[], how_many integer)
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
  ), linked AS (
    SELECT c.tenant_id, c.provider, c.account, link.kind, link.entity_id, coalesce(e.erased_until, '-infinity') AS after
    FROM of_contact c
    LEFT JOIN crm.erased_address e ON e.tenant_id = c.tenant_id AND e.digest = c.reference
    CROSS JOIN LATERAL (
      SELECT kind, entity_id FROM (
        SELECT a.to_kind AS kind, a.to_id AS entity_id, a.to_id_version AS version FROM crm.association a
        WHERE (a.tenant_id, a.provider, a.account, a.from_kind, a.from_id) = (c.tenant_id, c.provider, c.account, c.kind, c.entity_id)
          AND a.is_removed IS NOT TRUE
        UNION ALL
        SELECT a.from_kind, a.from_id, a.from_id_version FROM crm.association a
        WHERE (a.tenant_id, a.provider, a.account, a.to_kind, a.to_id) = (c.tenant_id, c.provider, c.account, c.kind, c.entity_id)
          AND a.is_removed IS NOT TRUE
      ) AS both_ways ORDER BY version DESC LIMIT 1000
    ) AS link
  ), found AS (
    SELECT at_party.* FROM party CROSS JOIN LATERAL (
      SELECT a.happened_at, a.provider, a.account, a.kind, a.entity_id FROM crm.touch_address a
      WHERE a.tenant_id = of_tenant AND a.digest = party.digest AND a.happened_at > party.after
        AND (a.happened_at, a.provider, a.account, a.kind, a.entity_id)
          < (before_at, before_entity[1], before_entity[2], before_entity[3], before_entity[4])
      ORDER BY a.happened_at DESC, a.provider DESC, a.account DESC, a.kind DESC, a.entity_id DESC
      LIMIT least(how_many, 200)
    ) AS at_party
    UNION
    SELECT t.happened_at, t.provider, t.account, t.kind, t.entity_id
    FROM linked JOIN crm.touch t USING (tenant_id, provider, account, kind, entity_id)
    WHERE t.happened_at > linked.after
      AND (t.happened_at, t.provider, t.account, t.kind, t.entity_id)
        < (before_at, before_entity[1], before_entity[2], before_entity[3], before_entity[4])
  ), page AS (
    SELECT * FROM found
    ORDER BY found.happened_at DESC, found.provider DESC, found.account DESC, found.kind DESC, found.entity_id DESC
    LIMIT least(how_many, 200)
  )
  SELECT t.provider, t.account, t.kind, t.entity_id, t.what, page.happened_at, t.status, t.direction, t.amount, t.currency,
    t.phone_id
  FROM page JOIN crm.touch t ON t.tenant_id = of_tenant
    AND (t.provider, t.account, t.kind, t.entity_id) = (page.provider, page.account, page.kind, page.entity_id)
  ORDER BY page.happened_at DESC, t.provider DESC, t.account DESC, t.kind DESC, t.entity_id DESC
$$;
