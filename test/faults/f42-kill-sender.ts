/** kill -9 of senders before a call, after it, and before its end is committed. */
import { type ServiceProcess, until } from '@trunkline/installation';
import { createRandom, judge, type Random } from '@trunkline/testkit';

import type { FaultRow, RowReport, RowRun } from './row.ts';
import { openTelling, type Telling } from './telling.ts';

const crashPoints = ['notify.before_call', 'notify.after_call', 'notify.before_sent'] as const;
const crashDeadlineMs = 60_000;
/** What a call takes, so that a process dies with several under way. */
const answerMs = 50;
/** Enough for each victim to come to its crash point. */
const freshPerKill = 24;

export const killSender: FaultRow = {
  id: 'F42',
  title: 'kill -9 of senders at three crash points',
  services: ['connections', 'notifications'],
  full: { deliveries: 2_000, perSecond: 200, strikes: 50 },
  short: { deliveries: 60, perSecond: 200, strikes: 3 },
  safeguards: [
    {
      undoes: 'a call is written down before it is made',
      file: 'services/notifications/src/sending/run-turn.ts',
      find: 'await beginCall(tx, message, { ...step, nowMs: clock() })',
      replace: '{ ...message, attempts: message.attempts + 1 }',
    },
    {
      undoes: 'what may have been sent is not sent again where the provider knows no key',
      file: 'services/notifications/src/sending/sender-kinds.ts',
      find: `twilio: { keyMs: 0, inDoubt: 'hold' }`,
      replace: `twilio: { keyMs: 0, inDoubt: 'resend' }`,
    },
    {
      undoes: 'one key for all calls of a message',
      file: 'services/notifications/src/sending/carry.ts',
      find: 'const correlationId = requestId;',
      replace: 'const correlationId = crypto.randomUUID();',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    // With a safeguard undone nobody can tell: what is proven is the safeguard, and not the look-up that would mend it.
    const telling = await openTelling(run, { lists: run.mutation === undefined });
    try {
      await telling.ask(run.scale.deliveries);
      for (const provider of [telling.twilio, telling.resend]) provider.fail({ kind: 'late', byMs: answerMs });
      const byPoint = await killRepeatedly(run, telling);
      for (const provider of [telling.twilio, telling.resend]) provider.fail(undefined);
      const last = await telling.start({});
      const isSettled = await telling.settled();
      await last.stop();
      const { held = 0, failed = 0, accepted = 0 } = await telling.states();
      return {
        judgement: judge(telling.ledger.promised, await telling.findings()),
        strikes: run.scale.strikes,
        broken: [
          ...(isSettled ? [] : ['messages stand where nobody goes on with them']),
          ...(held <= run.scale.strikes ? [] : [`${held} messages are held, more than one for each kill`]),
          ...(failed === 0 ? [] : [`${failed} messages failed, and no provider refused any`]),
        ],
        figures: {
          ...byPoint,
          accepted,
          'held for a person': held,
          'sent again under their key, and known': telling.resend.known(),
        },
      };
    } finally {
      await telling.close();
    }
  },
};

/** As many at one time as there are points, each dying at its own. */
async function killRepeatedly(run: RowRun, telling: Telling): Promise<Readonly<Record<string, number>>> {
  const random = createRandom(run.seed);
  const byPoint: Record<string, number> = {};
  for (let kill = 0; kill < run.scale.strikes; kill += crashPoints.length) {
    const points = crashPoints.slice(0, run.scale.strikes - kill);
    await telling.ask(points.length * freshPerKill);
    await Promise.all(points.map((point) => crash(telling, point, random)));
    await telling.endLeases();
    for (const point of points) byPoint[`killed at ${point}`] = (byPoint[`killed at ${point}`] ?? 0) + 1;
    run.onProgress(`${kill + points.length} of ${run.scale.strikes} kills`);
  }
  return byPoint;
}

async function crash(telling: Telling, point: (typeof crashPoints)[number], random: Random): Promise<void> {
  const victim: ServiceProcess = await telling.start({ failpoints: `${point}=kill@${random.integer(1, 4)}` });
  // The others may have done everything before this one was ready.
  const hasDied = async (): Promise<boolean> => {
    const { asked = 0 } = await telling.states();
    if (asked === 0 && !victim.hasExited()) await telling.ask(2);
    return victim.hasExited();
  };
  await until(`a sender dies at ${point}`, hasDied, { deadlineMs: crashDeadlineMs, everyMs: 200 });
  const exit = await victim.exited;
  if (exit.signal !== 'SIGKILL')
    throw new Error(`the sender ended by itself (${exit.code ?? exit.signal}); its log: ${victim.logFile}`);
}
