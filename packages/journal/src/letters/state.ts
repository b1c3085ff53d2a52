import { identifier } from '@trunkline/postgres';

/**
 * What became of a letter. `open`: nobody has dealt with it. `queued`: in the plan of a job. `sent`: on its way back.
 * `applied`, `stale`: its event is done since, by a redrive or because it was received again. `discarded`: put aside.
 * `expired`: its record has left the topic.
 */
export const letterStates = ['open', 'queued', 'sent', 'applied', 'stale', 'discarded', 'expired'] as const;
export type LetterState = (typeof letterStates)[number];

/** How long a dead letter's record is kept on its topic. */
const recordDays = 30;

/** Codes of records whose content nobody has read: that they carry the id of an event which was applied says nothing. */
const unreadSql = `('decode_failed', 'schema_unknown')`;

/**
 * FROM and joins of the letters of one group, `letter`: what its inbox says, what people decided (`decision`), which job
 * it waits in (`waiting`), and the names that it refers to by number.
 */
export function letterTablesSql(groupSchema: string): string {
  return `journal.letter
  LEFT JOIN journal.name topic ON topic.id = letter.orig_topic
  LEFT JOIN journal.name type ON type.id = letter.type
  LEFT JOIN journal.name source ON source.id = letter.source
  LEFT JOIN journal.name code ON code.id = letter.code
  LEFT JOIN ${identifier(groupSchema)}.inbox done ON done.event_id = letter.event_id AND (
    code.name IS NULL OR code.name NOT IN ${unreadSql} OR (done.original_topic, done.original_partition, done.original_offset)
      = (topic.name, letter.orig_part, letter.orig_off))
  LEFT JOIN trunkline.dead_letter decision ON decision.letter_id = letter.letter_id
  LEFT JOIN journal.job_letter waiting ON waiting.letter_id = letter.letter_id AND waiting.state = 'queued'`;
}

/** The state of a row of `letterTablesSql`. An effect counts before a decision: what was put aside and then applied is applied. */
export const letterStateSql = `CASE
  WHEN done.outcome IS NOT NULL THEN CASE done.outcome WHEN 'stale' THEN 'stale' ELSE 'applied' END
  WHEN decision.state = 'discarded' THEN 'discarded'
  WHEN letter.died_at < now() - interval '${recordDays} days' THEN 'expired'
  WHEN waiting.letter_id IS NOT NULL THEN 'queued'
  WHEN letter.redriven_at > letter.died_at THEN 'sent'
  ELSE 'open'
END`;
