import type { Attempt, Mistake } from './mistake.ts';
import { timeSteps } from './mistake.ts';
import { writtenTimes } from './signed-times.ts';

/** The sender writes milliseconds where seconds belong, or the other way round. */
export const timeUnit: Mistake = {
  name: 'time_unit',
  action: 'set `timestamp.unit` or `unit` of the source',
  steps: [...timeSteps, 'signature_mismatch'],
  *attempts({ request, step }): Iterable<Attempt> {
    for (const text of writtenTimes(request)) {
      const isSeconds = text.length === 10;
      const [given, wanted] = isSeconds ? ['seconds', 'milliseconds'] : ['milliseconds', 'seconds'];
      const would = `its time were written in ${wanted}: ${text} is in ${given}`;
      if (timeSteps.includes(step)) {
        // The proof is over what was written, so the clock is moved to where that number is now.
        yield { would, nowMs: isSeconds ? Number(text) : Number(text) * 1000 };
        continue;
      }
      const converted = isSeconds ? `${text}000` : text.slice(0, 10);
      const headers = request.headers.map(([name, value]) => [name, value.replaceAll(text, converted)] as const);
      yield { would, request: { ...request, headers } };
    }
  },
};
