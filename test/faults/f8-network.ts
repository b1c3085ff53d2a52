import { type ServiceProcess, until } from '@trunkline/installation';
import {
  type Fault,
  type FaultProxy,
  isProduceRequest,
  judge,
  openSockets,
  postRequest,
  startFaultProxy,
} from '@trunkline/testkit';

import { consumeEverything, startConsumers, startIngress } from './consumers.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { createSenders, lasting, type Senders } from './senders.ts';
import { findings } from './verifier.ts';

const full: RowScale = { deliveries: 10_000, perSecond: 100, strikes: 20 };
const short: RowScale = { deliveries: 600, perSecond: 100, strikes: 10 };

type Place = 'kafka' | 'http';

interface NetworkFault {
  readonly name: string;
  readonly place: Place;
  /** Does its worst and heals. */
  readonly strike: (proxy: FaultProxy, forMs: number) => Promise<void>;
}

/** One per strike, in turn: between ingress and Kafka, and between the senders and the ingress. */
const networkFaults: readonly NetworkFault[] = (['kafka', 'http'] as const).flatMap((place) => [
  during('+500 ms a round trip', place, { kind: 'delay', ms: 250 }),
  during('10 % resets', place, { kind: 'reset_pieces', share: 0.1 }),
  during('half-open', place, { kind: 'half_open' }),
  // The heads, where lengths and names stand: all of it would be a million writes a second, both ways.
  during('1-byte slices', place, { kind: 'slice', bytes: 1, first: 200 }),
  { name: 'lost answers', place, strike: loseAnswers },
]);

const answersToLose = 3;
/** A producer waits 5 s for an answer before it takes another connection. Most faults are over at once. A short run shares its machine. */
const recoveryBarMs = { full: 10_000, short: 60_000 } as const;
const recoveryDeadlineMs = 60_000;
const loadDeadlineMs = 120_000;
/** Of the sender with one posting: a provider's own is 5 to 30 s. */
const patienceMs = 4_000;
/** kafkajs keeps one connection, or two: where it asks for metadata, and where it sends. */
const spareConnections = 1;
const closeDeadlineMs = 30_000;

/**
 * So that the ingress itself lets go of what half-open connections leave behind, within the row. A request is given longer
 * than its sender's patience: on a busy machine a sliced one takes seconds, and a 408 would be the machine's fault.
 */
const shortTimeouts = {
  TRUNKLINE_INGRESS_KEEP_ALIVE_MS: '2000',
  TRUNKLINE_INGRESS_HEADERS_TIMEOUT_MS: String(2 * patienceMs),
  TRUNKLINE_INGRESS_BODY_TIMEOUT_MS: String(2 * patienceMs),
} as const;

/** A network that is slow, breaks, falls silent and chops, on either side of the ingress. */
export const badNetwork: FaultRow = {
  id: 'F8',
  title: 'network: late, reset, half-open, sliced, answers lost',
  services: [],
  full,
  short,
  safeguards: [
    {
      undoes: 'an event that a sender had to post twice is applied once',
      file: 'packages/consumer/src/batch/apply.ts',
      find: 'open.filter(({ entry }) => claimed.has(entry.eventId)),',
      replace: 'open,',
    },
    {
      undoes: 'a connection that does not answer any more is cut',
      file: 'packages/kafka/src/kafkajs/connection.ts',
      find: "for (const socket of sockets) socket.destroy(new Error('the connection was given up'));",
      replace: '',
    },
    {
      undoes: 'an idle connection of a sender is closed',
      file: 'services/ingress/src/http/server.ts',
      find: 'keepAliveTimeout: limits.keepAliveMs,',
      replace: 'keepAliveTimeout: 600_000 + limits.keepAliveMs,',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, servers, seed } = run;
    const kafka = await startFaultProxy({
      upstream: servers.stack.endpoints.kafkaProxyUpstream ?? '',
      port: servers.kafkaProxyPort,
      seed,
    });
    const http = await startFaultProxy({ upstream: `127.0.0.1:${world.ingressPort}`, seed });
    try {
      return await runBetween(run, { kafka, http });
    } finally {
      await Promise.all([kafka.close(), http.close()]);
    }
  },
};

type Proxies = Readonly<Record<Place, FaultProxy>>;

async function runBetween(run: RowRun, proxies: Proxies): Promise<RowReport> {
  const { world, scale, mutation } = run;
  const { kafka, http } = proxies;
  const env = { ...shortTimeouts, TRUNKLINE_KAFKA_BROKERS: kafka.address };
  const [ingress, consumers] = await Promise.all([
    startIngress(world, { env, mutation }),
    startConsumers(world, { mutation }),
  ]);
  const senders = createSenders(run, {
    post: (n) => postRequest(`http://${http.address}`, world.sender.request(n), patienceMs),
    deadlineMs: loadDeadlineMs,
  });
  // The first delivery opens what stays open.
  await senders.sendDuring(1, () => senders.seen.nextAccepted(recoveryDeadlineMs));
  const look = (): Sockets => socketsOf(ingress, proxies);
  const before = look();
  const recoveries = await strikeAll(run, { proxies, senders });
  const leaks = await leaksSince(before, look);
  const after = look();
  await ingress.stop();
  await consumeEverything(world, consumers);
  const { seen, ledger } = senders;
  const mostMs = recoveryBarMs[scale === full ? 'full' : 'short'];
  return {
    judgement: judge(ledger.promised, await findings(world)),
    strikes: scale.strikes,
    broken: [
      ...seen.complaints({ slowestMs: Infinity, unanswered: Infinity }),
      ...[...recoveries]
        .filter(([, ms]) => ms > mostMs)
        .map(([name, ms]) => `${name}: first 2xx ${Math.round(ms)} ms after it was healed, at most ${mostMs}`),
      ...leaks,
    ],
    figures: {
      'refused with 503 and Retry-After': seen.refused(),
      'postings without an answer': seen.unanswered(),
      'connections reset': kafka.counts().resets + http.counts().resets,
      'acknowledgements lost on the way from Kafka': kafka.counts().answersLost,
      ...Object.fromEntries([...recoveries].map(([name, ms]) => [`${name}: healed to first 2xx, ms`, Math.round(ms)])),
      'sockets of the ingress, before and after': `${before.ingress ?? '?'}, ${after.ingress ?? '?'}`,
      'of them to Kafka': `${before.toKafka}, ${after.toKafka}`,
    },
  };
}

/** The slowest recovery of each fault. */
async function strikeAll(
  run: RowRun,
  { proxies, senders }: { readonly proxies: Proxies; readonly senders: Senders },
): Promise<ReadonlyMap<string, number>> {
  const perStrike = Math.ceil(run.scale.deliveries / run.scale.strikes);
  // Ends while there is still something to send.
  const forMs = (perStrike / run.scale.perSecond) * 800;
  const recoveries = new Map<string, number>();
  for (let strike = 0; strike < run.scale.strikes; strike += 1) {
    const fault = networkFaults[strike % networkFaults.length];
    if (fault === undefined) throw new RangeError('there is no network fault');
    const recoveryMs = await senders.sendDuring(perStrike, async () => {
      await fault.strike(proxies[fault.place], forMs);
      return senders.seen.nextAccepted(recoveryDeadlineMs);
    });
    const name = `${fault.place}, ${fault.name}`;
    recoveries.set(name, Math.max(recoveries.get(name) ?? 0, recoveryMs));
    run.onProgress(`${strike + 1} of ${run.scale.strikes}: ${name}`);
  }
  return recoveries;
}

function during(name: string, place: Place, fault: Fault): NetworkFault {
  return {
    name,
    place,
    strike: async (proxy, forMs) => {
      await proxy.inflict(fault);
      await lasting(forMs);
      await proxy.inflict(undefined);
    },
  };
}

/**
 * The hardest of all (docs: kafka, row 1): what was asked for is done, and the one who asked never hears of it. Once
 * more at the end, and then nobody is there for a while, so that the failure reaches the caller.
 */
async function loseAnswers(proxy: FaultProxy, forMs: number): Promise<void> {
  for (const lost of [answersToLose, 1]) {
    const before = proxy.counts().answersLost;
    proxy.loseAnswers(lost, isWorthLosing);
    await until('answers lost', () => proxy.counts().answersLost === before + lost, {
      deadlineMs: recoveryDeadlineMs,
      everyMs: 2,
    });
  }
  await proxy.inflict({ kind: 'refuse' });
  await lasting(forMs);
  await proxy.inflict(undefined);
}

function isWorthLosing(piece: Buffer): boolean {
  return isProduceRequest(piece) || piece.toString('latin1', 0, 5) === 'POST ';
}

interface Sockets {
  /** Of the ingress, of every kind; undefined where the kernel does not tell. */
  readonly ingress: number | undefined;
  /** What the ingress holds open towards Kafka. */
  readonly toKafka: number;
  /** What it holds open towards its senders, and they towards it. */
  readonly fromSenders: number;
}

function socketsOf(ingress: ServiceProcess, { kafka, http }: Proxies): Sockets {
  const { openClients, openUpstreams } = http.counts();
  return {
    ingress: openSockets(ingress.pid),
    toKafka: kafka.counts().openClients,
    fromSenders: openClients + openUpstreams,
  };
}

/** Waits until all is closed that the faults left behind; what is still open at the deadline is a leak. */
async function leaksSince(before: Sockets, look: () => Sockets): Promise<readonly string[]> {
  const leaks = (): readonly string[] => {
    const now = look();
    return [
      ...(now.ingress !== undefined && before.ingress !== undefined && now.ingress > before.ingress
        ? [`the ingress has ${now.ingress} sockets open, it had ${before.ingress} before`]
        : []),
      ...(now.toKafka > before.toKafka + spareConnections
        ? [`the ingress has ${now.toKafka} connections to Kafka open, it had ${before.toKafka} before`]
        : []),
      ...(now.fromSenders > 0 ? [`${now.fromSenders} sockets between senders and ingress are still open`] : []),
    ];
  };
  try {
    await until('every connection of the faults closed', () => leaks().length === 0, { deadlineMs: closeDeadlineMs });
    return [];
  } catch {
    return leaks();
  }
}
