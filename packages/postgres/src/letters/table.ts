/**
 * What was decided about dead letters, by their ids (docs/records.md, "Letter ids"). The letters themselves are on
 * Kafka, and whether an event is applied is the inbox's to say: a row stands only where somebody decided otherwise.
 * Rows outlive their letters by design: they are few, since people write them.
 */
export const letterTableSql = `
CREATE TABLE IF NOT EXISTS trunkline.dead_letter (
  letter_id      uuid PRIMARY KEY,
  consumer_group text NOT NULL,
  state          text NOT NULL CHECK (state IN ('open', 'discarded')),
  reason         text NOT NULL CHECK (reason <> ''),
  actor          text NOT NULL CHECK (actor <> ''),
  decided_at     timestamptz NOT NULL DEFAULT now()
)`;
