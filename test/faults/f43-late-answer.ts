/** Providers that do what they are asked, and answer after nobody waits any more. */
import { until } from '@trunkline/installation';
import { judge } from '@trunkline/testkit';

import type { FaultRow, RowReport, RowRun } from './row.ts';
import { openTelling } from './telling.ts';

const callMs = 1_500;
const answerMs = 2_500;
/** Of each provider, in a round; in a call of a mail two requests run late, and five in a row would open a breaker. */
const lateEach = 2;

export const lateAnswer: FaultRow = {
  id: 'F43',
  title: 'providers answer after the timeout',
  services: ['connections', 'notifications'],
  full: { deliveries: 60, perSecond: 50, strikes: 10 },
  short: { deliveries: 6, perSecond: 50, strikes: 1 },
  safeguards: [
    {
      undoes: 'no call is repeated of which nobody knows whether it arrived',
      file: 'packages/http-client/src/call/caller.ts',
      find: `if (row.when === 'repeatable' && !call.isRepeatable) return undefined;`,
      replace: '',
    },
    {
      undoes: 'what may have been sent is not sent again where the provider knows no key',
      file: 'services/notifications/src/sending/sender-kinds.ts',
      find: `twilio: { keyMs: 0, inDoubt: 'hold' }`,
      replace: `twilio: { keyMs: 0, inDoubt: 'resend' }`,
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const telling = await openTelling(run, { lists: false });
    const { scale } = run;
    try {
      const sender = await telling.start({ env: { TRUNKLINE_SEND_TIMEOUT_MS: String(callMs) } });
      await sender.ready();
      let settled = 0;
      for (let round = 0; round < scale.strikes; round += 1) {
        telling.twilio.fail({ kind: 'late', byMs: answerMs });
        telling.resend.fail({ kind: 'late', byMs: answerMs });
        await telling.ask(2 * lateEach);
        await until('every message was called for', async () => {
          const { asked: waiting = 0, sending = 0 } = await telling.states();
          return waiting + sending === 0;
        });
        telling.twilio.fail(undefined);
        telling.resend.fail(undefined);
        await telling.ask(Math.ceil(scale.deliveries / scale.strikes) - 2 * lateEach);
        if (await telling.settled()) settled += 1;
        run.onProgress(`${round + 1} of ${scale.strikes} rounds`);
      }
      await sender.stop();
      const { held = 0, accepted = 0 } = await telling.states();
      const known = telling.resend.known();
      return {
        judgement: judge(telling.ledger.promised, await telling.findings()),
        strikes: scale.strikes,
        broken: [
          ...(settled === scale.strikes ? [] : ['messages stand where nobody goes on with them']),
          ...(known === 0 ? ['no message was sent again under its key'] : []),
        ],
        figures: { accepted, 'held for a person': held, 'sent again under their key, and known': known },
      };
    } finally {
      await telling.close();
    }
  },
};
