import { uuidText } from '@trunkline/core';
import type { CauseId, LetterId } from '@trunkline/events';

import { Conditions } from '../read/conditions.ts';
import { refuseWords } from '../read/refuse.ts';
import { letterStateSql, type LetterState } from './state.ts';

/** Which letters of a group; each condition on top of the others. */
export interface LetterFilter {
  readonly names?: readonly LetterReference[] | undefined;
  readonly tenant?: string | undefined;
  readonly source?: string | undefined;
  readonly type?: string | undefined;
  /** The whole record key, or how it begins: `tnt_a:stripe:`. */
  readonly key?: string | undefined;
  readonly code?: string | undefined;
  readonly class?: string | undefined;
  readonly cause?: CauseId | undefined;
  /** Words that the message has, in any case. */
  readonly message?: string | undefined;
  /** Of the newest dead copy. */
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly minRedrives?: number | undefined;
  readonly states?: readonly LetterState[] | undefined;
  /** In the plan of this job. */
  readonly jobId?: string | undefined;
}

/** What names one letter or some: its own id, its event's or request's, or a place. */
export type LetterReference =
  | { readonly kind: 'letter'; readonly id: LetterId }
  | { readonly kind: 'record'; readonly id: string }
  /** Of its newest copy on the dead-letter topic. */
  | { readonly kind: 'copy'; readonly partition: number; readonly offset: string }
  | { readonly kind: 'original'; readonly topic: string; readonly partition: number; readonly offset: string };

/** The conditions of a filter on the rows of `letterTablesSql`. */
export function letterConditions(group: string, filter: LetterFilter, conditions = new Conditions()): Conditions {
  const { names, message = '' } = filter;
  conditions.addText(inGroupSql(conditions.name(group)));
  conditions.addIf('letter.tenant_id = ?', filter.tenant);
  conditions.addIf('source.name = ?', filter.source);
  conditions.addIf('type.name = ?', filter.type);
  conditions.addIf('starts_with(letter.record_key, ?)', filter.key);
  conditions.addIf('code.name = ?', filter.code);
  conditions.addIf('letter.class = ?', filter.class);
  conditions.addIf('letter.cause = right(?, 32)::uuid', filter.cause);
  const words = message.split(/\s+/).filter((each) => each !== '');
  refuseWords(words);
  for (const word of words) conditions.add('position(lower(?) IN lower(letter.message)) > 0', word);
  conditions.addIf('letter.died_at >= ?::timestamptz', isoOf(filter.fromMs));
  conditions.addIf('letter.died_at <= ?::timestamptz', isoOf(filter.untilMs));
  conditions.addIf('letter.redrives >= ?', filter.minRedrives);
  conditions.addIf(`${letterStateSql} = ANY (?::text[])`, filter.states);
  conditions.addIf(
    `EXISTS (SELECT FROM journal.job_letter planned WHERE planned.job_id = ?::uuid AND planned.letter_id = letter.letter_id)`,
    filter.jobId,
  );
  if (names !== undefined)
    conditions.addText(
      `(${names.map((reference) => `(${referenceSql(reference, conditions)})`).join(' OR ') || 'false'})`,
    );
  return conditions;
}

/** Whether a letter is of a group, which is given as a value of the statement. */
export function inGroupSql(value: string): string {
  return `letter.grp = (SELECT id FROM journal.name WHERE kind = 'group' AND name = ${value})`;
}

/** Whether a letter has this name; `topic` is the name of the topic that it was first on. */
export function referenceSql(reference: LetterReference, conditions: Conditions): string {
  switch (reference.kind) {
    case 'letter':
      return `letter.letter_id = ${conditions.name(uuidText(reference.id.slice(4)))}::uuid`;
    case 'record':
      return `letter.event_id = ${conditions.name(uuidText(reference.id.slice(4)))}::uuid
        AND letter.is_request = ${conditions.name(reference.id.startsWith('req_'))}`;
    case 'copy':
      return `letter.dlt_part = ${conditions.name(reference.partition)} AND letter.dlt_off = ${conditions.name(reference.offset)}::bigint`;
    case 'original':
      return `topic.name = ${conditions.name(reference.topic)} AND letter.orig_part = ${conditions.name(reference.partition)}
        AND letter.orig_off = ${conditions.name(reference.offset)}::bigint`;
  }
}

/** Held to the years of people: `since` may be any age. */
function isoOf(ms: number | undefined): string | undefined {
  if (ms === undefined || !Number.isFinite(ms)) return undefined;
  return new Date(Math.min(latestMs, Math.max(0, ms))).toISOString();
}
const latestMs = Date.UTC(9999, 0);
