import { type ServiceProcess, until } from '@trunkline/installation';
import { createRandom, judge } from '@trunkline/testkit';

import { type Delivering, openDelivering, readyDeadlineMs, shortLeaseMs } from './delivering.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';

const full: RowScale = { deliveries: 20_000, perSecond: 0, strikes: 20 };
const short: RowScale = { deliveries: 300, perSecond: 0, strikes: 1 };
const keysOfRun = { full: 200, short: 20 };
const names = ['one', 'two'] as const;
const inFlight = 32;
/** A request is refused so often, and comes again after a second. */
const refusedShare = 0.01;
const schedule = '0,1,1,1,1,1,1,1';
const deadlineMs = 60_000;

/** kill -9 of one of two processes that send to an endpoint which is told each key in its order, and refuses some requests. */
export const killOrdered: FaultRow = {
  id: 'F30',
  title: 'kill -9 of what sends webhooks in order, while 1 % of the requests are refused',
  services: ['delivery'],
  full,
  short,
  safeguards: [
    {
      undoes: 'events of a key are in one chain',
      file: 'services/delivery/src/handlers/fan-out.ts',
      find: 'orderKey: orderKeyOf(endpoint.ordering, topic, key),',
      replace: 'orderKey: null,',
    },
    {
      undoes: 'the first of a chain is sent before the others also while it waits',
      file: 'services/delivery/src/dispatch/order.ts',
      find: 'WHERE t.endpoint_id = l.endpoint_id AND t.order_key > ${after} ORDER BY',
      replace: 'WHERE t.endpoint_id = l.endpoint_id AND t.order_key > ${after} AND t.due_at <= now() ORDER BY',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { scale } = run;
    const isShort = scale !== full;
    const delivering = await openDelivering(run);
    try {
      const random = createRandom(run.seed);
      const ordered = watchOrder(delivering, () => random.integer(1, 1 / refusedShare) === 1);
      await delivering.createEndpoints(1, { ordering: 'key', maxInFlight: inFlight, schedule });
      const start = (name: string): Promise<ServiceProcess> =>
        delivering.start(name, isShort ? { env: { TRUNKLINE_DELIVERY_LEASE_MS: String(shortLeaseMs) } } : {});
      const processes = new Map(await Promise.all(names.map(async (name) => [name, await start(name)] as const)));
      await Promise.all([...processes.values()].map((process) => process.ready(readyDeadlineMs)));
      const keys = isShort ? keysOfRun.short : keysOfRun.full;
      const perStrike = Math.ceil(scale.deliveries / scale.strikes);
      for (let kill = 0; kill < scale.strikes; kill += 1) {
        const payments = Array.from({ length: perStrike }, () => `pi_${random.integer(1, keys)}`);
        const before = delivering.taken.length;
        ordered.promise(payments, await delivering.publishAbout(payments));
        const after = random.integer(1, Math.ceil(perStrike / 2));
        await until('work to kill it in', () => delivering.taken.length >= before + after, { deadlineMs });
        const name = names[kill % names.length] ?? names[0];
        processes.get(name)?.kill('SIGKILL');
        await processes.get(name)?.exited;
        // What it was about to send is sent by whoever comes next, which is itself if nobody has taken over yet.
        processes.set(name, await start(name));
        run.onProgress(`${kill + 1} of ${scale.strikes} kills`);
      }
      await delivering.drained();
      await Promise.all([...processes.values()].map((process) => process.stop()));
      return reportOf(run, { delivering, ordered, keys });
    } finally {
      await delivering.close();
    }
  },
};

interface Order {
  /** In the order of the topic. */
  promise(payments: readonly string[], eventIds: readonly string[]): void;
  refused(): number;
  /** First requests, and first ones that were taken, that came before an earlier one of their key. */
  early(): number;
}

function watchOrder(delivering: Delivering, refuses: () => boolean): Order {
  const places = new Map<string, { readonly payment: string; readonly place: number }>();
  const asked: string[] = [];
  const taken: string[] = [];
  let refused = 0;
  delivering.answerBy = (posting) => {
    asked.push(posting.eventId);
    if (refuses()) {
      refused += 1;
      posting.response.writeHead(500).end();
      return;
    }
    if (!posting.response.destroyed) taken.push(posting.eventId);
    delivering.take(posting);
  };
  const earlyOf = (arrivals: readonly string[]): number => {
    const last = new Map<string, number>();
    let early = 0;
    for (const eventId of new Set(arrivals)) {
      const { payment, place } = places.get(eventId) ?? { payment: '', place: 0 };
      if (place < (last.get(payment) ?? -1)) early += 1;
      last.set(payment, Math.max(place, last.get(payment) ?? -1));
    }
    return early;
  };
  return {
    promise(payments, eventIds) {
      for (const [index, eventId] of eventIds.entries())
        places.set(eventId, { payment: payments[index] ?? '', place: places.size });
    },
    refused: () => refused,
    early: () => earlyOf(asked) + earlyOf(taken),
  };
}

function reportOf(
  { scale }: RowRun,
  seen: { readonly delivering: Delivering; readonly ordered: Order; readonly keys: number },
): RowReport {
  const { delivering, ordered, keys } = seen;
  const distinct = [...new Set(delivering.taken)];
  const early = ordered.early();
  return {
    // That a message is posted again after a kill is promised; that it is lost, or comes before an earlier one, is not.
    judgement: judge(delivering.ledger.promised, { effects: distinct, deadLetters: [], waiting: [] }),
    strikes: scale.strikes,
    broken: early === 0 ? [] : [`${early} arrived before an earlier one of their key`],
    figures: {
      keys,
      refused: ordered.refused(),
      'arrived before an earlier one of their key': early,
      'posted again under the same id': delivering.taken.length - distinct.length,
    },
  };
}
