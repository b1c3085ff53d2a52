-- What people decided about a cause of dead letters: muted, nobody looks at it; fixed, and if letters die of it again, it is back.
CREATE TABLE journal.cause (
  consumer_group text NOT NULL,
  -- docs/records.md, "Cause ids".
  cause          uuid NOT NULL,
  state          text NOT NULL CHECK (state IN ('open', 'muted', 'fixed')),
  reason         text NOT NULL,
  actor          text NOT NULL CHECK (actor <> ''),
  decided_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer_group, cause)
);
