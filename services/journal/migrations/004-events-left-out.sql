-- Until when events had no rows of their own (TRUNKLINE_JOURNAL_EVENTS=failures): what was appended before may have none.
CREATE TABLE journal.events_left_out (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  until    timestamptz NOT NULL
);
