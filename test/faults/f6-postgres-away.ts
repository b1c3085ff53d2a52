import { type ServiceProcess, until } from '@trunkline/installation';
import { createLedger, judge, type PromiseLedger, sendLoad } from '@trunkline/testkit';

import { administer, giveConnections, takeConnections } from './connections.ts';
import { consumeEverything, startConsumers, startIngress, untilConsumed } from './consumers.ts';
import { askReady, firstEffectAfterMs } from './effects.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { copies, findings } from './verifier.ts';
import type { FaultWorld } from './world.ts';

interface Fault {
  readonly name: string;
  /** Whether the consumers have to say that they wait. */
  readonly pauses: boolean;
  begin(run: RowRun): Promise<void>;
  end(run: RowRun): Promise<void>;
}

const down: Fault = {
  name: 'down',
  pauses: true,
  begin: ({ servers }) => servers.stack.part('postgres').stop(),
  end: ({ servers }) => servers.stack.part('postgres').restart(),
};

const faults: readonly Fault[] = [
  down,
  {
    name: 'conflicting',
    // Most conflicts are over when the transaction has been repeated; what is left is paused for a moment.
    pauses: false,
    begin: ({ world }) => raiseConflicts(world),
    end: ({ world }) =>
      administer(
        world,
        conflicting.map((table) => `DROP TRIGGER conflict ON ${table}`),
      ),
  },
  {
    name: 'out of connections',
    pauses: true,
    begin: ({ world }) => takeConnections(world),
    end: ({ world }) => giveConnections(world),
  },
];

/** Of the time Postgres was away: how long the backlog may take that arrived meanwhile. A short run shares its machine. */
const drainShare = { full: 2, short: 20 } as const;

/** Postgres stopped, answering with serialization failures, and refusing connections, while deliveries keep coming. */
export const postgresAway: FaultRow = {
  id: 'F6',
  title: 'Postgres down, conflicting and out of connections',
  // A third of the load for each: 30 s and 3 s.
  services: [],
  full: { deliveries: 27_000, perSecond: 300, strikes: 3 },
  short: { deliveries: 900, perSecond: 100, strikes: 3 },
  safeguards: [
    {
      undoes: 'an outage pauses the group',
      file: 'packages/consumer/src/batch/settle.ts',
      find: "if (signal.aborted || dispositionOf(error.code) !== 'pause') throw thrown;",
      replace: 'throw thrown;',
    },
    {
      undoes: 'a serialization failure is the server’s doing, not the event’s',
      file: 'packages/postgres/src/driver-error.ts',
      find: "['40001', 'conflict'], // serialization failure",
      replace: '',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const ledger = createLedger();
    const [consumers, ingress] = await Promise.all([
      startConsumers(world, run.mutation === undefined ? {} : { mutation: run.mutation }),
      startIngress(world),
    ]);
    const figures: Record<string, number | string> = {};
    const broken: string[] = [];
    const most = drainShare[scale.deliveries < postgresAway.full.deliveries ? 'short' : 'full'];
    let registryBack = Promise.resolve();
    try {
      for (let strike = 0; strike < scale.strikes; strike += 1) {
        const fault = faults[strike % faults.length] ?? down;
        tell(fault, await strikeWith(fault, { run, ledger, consumers, strike }), { figures, broken, most });
        if (fault === down) registryBack = restartRegistry(run);
        run.onProgress(`Postgres ${fault.name}: over and drained`);
      }
    } finally {
      await registryBack;
    }
    await ingress.stop();
    await consumeEverything(world, consumers);
    const copied = await copies(world);
    figures['retries and dead letters'] = copied.length;
    if (copied.length > 0) broken.push(`${copied.length} records were retried or dead-lettered over an outage`);
    return { judgement: judge(ledger.promised, await findings(world)), strikes: scale.strikes, broken, figures };
  },
};

/**
 * The registry keeps its schemas in this Postgres, and connections that died with it in its pool: the row leaves a
 * working one. Meanwhile nobody needs it, so nobody waits for it.
 */
function restartRegistry({ servers }: RowRun): Promise<void> {
  const restarted = servers.stack.part('registry').restart();
  // Told where it is awaited, at the end of the row.
  restarted.catch(() => undefined);
  return restarted;
}

function tell(
  { name, pauses }: Fault,
  spell: Spell,
  report: { readonly figures: Record<string, number | string>; readonly broken: string[]; readonly most: number },
): void {
  const { awayMs, pausedAfterMs, firstEffectMs, drainMs } = spell;
  const title = `Postgres ${name}`;
  report.figures[`${title}, ms`] = awayMs;
  report.figures[`${title}: paused after, ms`] = pausedAfterMs ?? 'never';
  report.figures[`${title}: first effect afterwards, ms`] = firstEffectMs ?? 'none';
  report.figures[`${title}: backlog drained, ms`] = drainMs;
  if (pauses && pausedAfterMs === undefined) report.broken.push(`${title}: the consumers did not pause`);
  if (drainMs > report.most * awayMs)
    report.broken.push(
      `${title} for ${awayMs} ms: the backlog took ${drainMs} ms, at most ${report.most} times as long`,
    );
}

interface Strike {
  readonly run: RowRun;
  readonly ledger: PromiseLedger;
  readonly consumers: readonly ServiceProcess[];
  readonly strike: number;
}

interface Spell {
  readonly awayMs: number;
  /** Until both consumers said that they wait; undefined when they never did. */
  readonly pausedAfterMs: number | undefined;
  readonly firstEffectMs: number | undefined;
  readonly drainMs: number;
}

/** The fault lasts as long as its part of the load. */
async function strikeWith(fault: Fault, { run, ledger, consumers, strike }: Strike): Promise<Spell> {
  const { world, scale } = run;
  const deliveries = Math.ceil(scale.deliveries / scale.strikes);
  const sent = new AbortController();
  await fault.begin(run);
  const beganMs = Date.now();
  const load = sendLoad({
    post: (n) => world.sender.post(strike * deliveries + n),
    deliveries,
    perSecond: scale.perSecond,
    maxOpen: 500,
    retryAfterMs: 250,
    deadlineMs: 300_000,
    ledger,
  }).finally(() => sent.abort());
  const paused = Promise.all([untilPaused(consumers, sent.signal), load]);
  // The row leaves the server as it was, whatever came of the load.
  await Promise.allSettled([paused]);
  await fault.end(run);
  const [pausedAfterMs] = await paused;
  const endedMs = Date.now();
  await untilConsumed(world);
  const drainMs = Date.now() - endedMs;
  const firstEffectMs = await firstEffectAfterMs(world, endedMs);
  return { awayMs: endedMs - beganMs, pausedAfterMs, firstEffectMs, drainMs };
}

/** Resolves with the milliseconds until all of them were unready, or undefined when the signal came first. */
async function untilPaused(consumers: readonly ServiceProcess[], signal: AbortSignal): Promise<number | undefined> {
  const sinceMs = Date.now();
  return until(
    'the consumers pause, or the load is over',
    async () => {
      const answers = await Promise.all(consumers.map(askReady));
      if (answers.every((ready) => ready === 'no')) return { ms: Date.now() - sinceMs };
      return signal.aborted ? { ms: undefined } : undefined;
    },
    { deadlineMs: 300_000, everyMs: 100 },
  ).then(({ ms }) => ms);
}

/** Where a consumer's transaction writes beside its inbox. */
const conflicting = ['tally.effect', 'payments.payment'] as const;

/**
 * Of every forty transactions some fail alone, which a repetition cures, and twelve in a row: more repetitions than there
 * are. A sequence counts them, because it is not rolled back.
 */
async function raiseConflicts(world: FaultWorld): Promise<void> {
  await administer(world, [
    'CREATE SEQUENCE IF NOT EXISTS public.conflicts',
    `CREATE OR REPLACE FUNCTION public.conflict() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
     DECLARE n bigint := nextval('public.conflicts');
     BEGIN
       IF n % 40 < 12 OR n % 4 = 0 THEN
         RAISE EXCEPTION 'could not serialize access' USING ERRCODE = 'serialization_failure';
       END IF;
       RETURN NULL;
     END $$`,
    ...conflicting.map(
      (table) =>
        `CREATE TRIGGER conflict BEFORE INSERT ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION public.conflict()`,
    ),
  ]);
}
