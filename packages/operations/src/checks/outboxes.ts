import { groups } from '../groups.ts';
import { outboxText, readOutboxes } from '../lag/outboxes.ts';
import { type Check, failed, few, ok, warning } from './check.ts';

/** A relay looks five times a second: what waits for a minute waits for something. */
const worryingAgeMs = 60_000;

/** Records that services want published: each service's relay takes them from its outbox. */
export const outboxes: Check = {
  name: 'outbox',
  requires: ['postgres'],
  async run(access) {
    const { outboxes: found, gaps } = await readOutboxes(groups, access);
    const [gap] = gaps;
    if (gap !== undefined) return failed(gap, 'trunkline migrate');
    const late = found.filter(({ oldestAgeMs = 0 }) => oldestAgeMs > worryingAgeMs);
    return late.length === 0
      ? ok(`${found.reduce((sum, { waiting }) => sum + waiting, 0)} records wait to be published`)
      : warning(
          `not published: ${few(late.map(outboxText))}`,
          'start the service; if it runs, its log says what its relay waits for (relay_waits, relay_refused)',
        );
  },
};
