import { isDomainTopic } from '@trunkline/events';
import { formatAge } from '@trunkline/operations/units';
import type { BlockedKey } from '@trunkline/postgres';

/** A key as `--json` prints it. */
export function documentOf({ dueAtMs, sinceMs, headId, ...key }: BlockedKey): Readonly<Record<string, unknown>> {
  const head = headId === null ? null : recordIdOf(key.topic, headId);
  return { ...key, head, due: new Date(dueAtMs).toISOString(), since: new Date(sinceMs).toISOString() };
}

/** The id of a record of the topic: an event's, or a request's. */
export function recordIdOf(topic: string, uuid: string): string {
  return `${isDomainTopic(topic) ? 'evt' : 'req'}_${uuid.replaceAll('-', '')}`;
}

/** What happens next to a key, and when. */
export function whenText({ state, dueAtMs, decision }: BlockedKey, nowMs: number): string {
  if (decision !== null) return `${decision} is under way`;
  const when = dueAtMs <= nowMs ? 'now' : `in ${formatAge(dueAtMs - nowMs)}`;
  if (state === 'retrying') return `tried again ${when}`;
  return state === 'held' ? `the others are dead letters ${when}` : `forgotten ${when}`;
}
