-- Which booking was moved to which, written by src/bookings/links.ts. A move is told twice, by the booking that was left
-- and by the one that took its place; the first of the two writes the link, and nothing takes it away again.
CREATE TABLE calendar.booking_link (
  tenant_id text NOT NULL,
  provider  text NOT NULL,
  account   text NOT NULL,
  kind      text NOT NULL,
  old_id    text NOT NULL,
  new_id    text NOT NULL,
  linked_at timestamptz NOT NULL DEFAULT now(),

  PRIMARY KEY (tenant_id, provider, account, kind, old_id, new_id),
  CHECK (old_id <> new_id)
);

-- What a booking was moved from. By hash, because an id of a provider may be longer than an ordered index takes.
CREATE INDEX booking_link_of_new ON calendar.booking_link USING hash (new_id);

SELECT trunkline.isolate_tenants('calendar.booking_link');

-- What became of every booking: the end of its chain of moves, itself where it was never moved. At most 50 moves are
-- followed. Of several ends, and of the bookings of a circle, the one whose status is the newest counts.
-- `ends` is `end`, or says why there is none: `circle`, or `cut` after 50 moves.
CREATE VIEW calendar.booking_current WITH (security_invoker = true) AS
SELECT b.tenant_id, b.provider, b.account, b.kind, b.entity_id,
  last.current_id, last.moves, last.ends, last.status, last.starts_at, last.ends_at
FROM calendar.booking b
CROSS JOIN LATERAL (
  WITH RECURSIVE walk (id, hop) AS (
    SELECT b.entity_id, 0
    UNION
    SELECT link.new_id, walk.hop + 1
    FROM walk
    JOIN calendar.booking_link link
      ON link.tenant_id = b.tenant_id AND link.provider = b.provider AND link.account = b.account
      AND link.kind = b.kind AND link.old_id = walk.id
    WHERE walk.hop < 50
  ), reached AS (
    SELECT id, min(hop) AS hop FROM walk GROUP BY id
  )
  SELECT reached.id AS current_id, reached.hop AS moves,
    CASE WHEN NOT leads.on THEN 'end' WHEN max(reached.hop) OVER () = 50 THEN 'cut' ELSE 'circle' END AS ends,
    c.status, c.starts_at, c.ends_at
  FROM reached
  CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT FROM calendar.booking_link link
    WHERE link.tenant_id = b.tenant_id AND link.provider = b.provider AND link.account = b.account
      AND link.kind = b.kind AND link.old_id = reached.id
  ) AS on) leads
  LEFT JOIN calendar.booking c
    ON c.tenant_id = b.tenant_id AND c.provider = b.provider AND c.account = b.account AND c.kind = b.kind
    AND c.entity_id = reached.id
  ORDER BY leads.on, c.status_version DESC NULLS LAST, reached.id DESC
  LIMIT 1
) last;
