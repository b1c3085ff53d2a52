/**
 * Named crash points, compiled into the paths where a crash would hurt most. In production nothing is armed and
 * `failpoint()` is one lookup in an empty map. The fault suite arms them by environment: `TRUNKLINE_FAILPOINTS`,
 * read by packages/runtime and handed to `armFailpoints`.
 *
 * Form: `<name>=<action>[@<hit>]`, separated by `;`. Actions: `kill` (SIGKILL to this process), `throw`.
 * `@n` acts on the n-th hit only; without it, on every hit.
 */

/** Every failpoint there is. A name not listed here is refused, so that a typo cannot make a fault run vacuous. */
const failpointNames = [
  'ingress.before_publish',
  'ingress.after_publish',
  'ingress.after_answer',
  'consumer.before_effect',
  'consumer.after_effect',
  'consumer.after_commit',
  'consumer.before_offset_commit',
  'journal.before_commit',
  'journal.after_commit',
  'strict.before_park',
  'strict.after_park',
  'strict.after_dead_letter',
  'strict.after_release',
  'relay.before_publish',
  'relay.after_publish',
  'relay.before_commit',
  'redrive.before_publish',
  'redrive.after_publish',
  'replay.before_publish',
  'replay.after_publish',
  'notify.before_call',
  'notify.after_call',
  'notify.before_sent',
  'rotation.before_commit',
  'rotation.after_commit',
  'delivery.before_send',
  'delivery.after_answer',
  'delivery.after_flush',
  'delivery.in_job',
  'delivery.after_job_step',
] as const;

export type FailpointName = (typeof failpointNames)[number];

interface Armed {
  readonly action: 'kill' | 'throw';
  readonly onHit: number | undefined;
  hits: number;
}

const armed = new Map<FailpointName, Armed>();

/** Acts when the point is armed; otherwise does nothing. */
export function failpoint(name: FailpointName): void {
  if (armed.size === 0) return;
  const point = armed.get(name);
  if (point === undefined) return;
  point.hits += 1;
  if (point.onHit !== undefined && point.onHit !== point.hits) return;
  if (point.action === 'throw') throw new Error(`failpoint ${name}`);
  process.kill(process.pid, 'SIGKILL');
}

/** Replaces what is armed. Throws a RangeError that names the entry it cannot read. */
export function armFailpoints(specification: string): void {
  armed.clear();
  for (const entry of specification.split(';').map((text) => text.trim())) {
    if (entry === '') continue;
    const match = /^([a-z._]+)=(kill|throw)(?:@([1-9][0-9]*))?$/.exec(entry);
    const name = failpointNames.find((known) => known === match?.[1]);
    if (match === null || name === undefined) {
      throw new RangeError(
        `failpoint "${entry}" is not <name>=kill|throw[@hit] with a name of: ${failpointNames.join(', ')}`,
      );
    }
    armed.set(name, {
      action: match[2] === 'throw' ? 'throw' : 'kill',
      onHit: match[3] === undefined ? undefined : Number(match[3]),
      hits: 0,
    });
  }
}
