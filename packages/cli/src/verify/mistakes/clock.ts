import { formatAge } from '@trunkline/operations/units';

import type { Attempt, Mistake } from './mistake.ts';
import { timeSteps } from './mistake.ts';
import { signedTimes } from './signed-times.ts';

/** Authentic, but not now: a capture grown stale, a clock that is wrong, or a delivery that was held back. */
export const clock: Mistake = {
  name: 'clock',
  action: 'set the clock of this machine, or give --at for an old capture',
  steps: timeSteps,
  *attempts({ request, nowMs }): Iterable<Attempt> {
    for (const atMs of signedTimes(request)) {
      const at = new Date(atMs).toISOString();
      const skew = formatAge(Math.abs(nowMs - atMs));
      const would =
        nowMs >= atMs
          ? `it were ${at}, which is ${skew} ago: the capture is old (add --at ${at}), the delivery was held back, or this clock is ahead`
          : `it were ${at}, which is in ${skew}: the sender's clock is ahead, or this one is behind`;
      yield { would, nowMs: atMs };
    }
  },
};
