import { randomBytes } from 'node:crypto';

import { headerName } from '@trunkline/events';
import {
  createPublisher,
  type IncomingRecord,
  type OutgoingRecord,
  type Publisher,
  readRecords,
} from '@trunkline/kafka';
import { type Answer, createLedger, judge, type PromiseLedger, sendLoad } from '@trunkline/testkit';

import { consumeEverything, startConsumers, startIngress, untilConsumed } from './consumers.ts';
import { p99ToEffectMs, type Span } from './effects.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { deadLetters, findings } from './verifier.ts';
import type { FaultWorld } from './world.ts';

const topic = 'payments.payment.v1';
/** How each kind has to be told in the dead letter: code and kind of failure. */
const reasons = {
  garbled: 'decode_failed, poison',
  'unknown schema': 'schema_unknown, poison',
  tombstone: 'decode_failed, poison',
  large: 'decode_failed, poison',
  throws: 'unknown, exhausted',
  hangs: 'handler_timeout, exhausted',
} as const;
type Kind = keyof typeof reasons;
const kinds: readonly Kind[] = ['garbled', 'unknown schema', 'tombstone', 'large', 'throws'];

/** The broker refuses 10 MB on a domain topic, whose limit is 1 MiB: this is what it lets through. */
const largeBytes = 1_000_000;
const unknownSchemaId = 2 ** 31 - 1;
const publishDeadlineMs = 15_000;
/** A hanging handler costs its lane this twice at each attempt: once with its batch, once alone. */
const handlerDeadlineMs = 1_000;
const attempts = 2;
/** One in so many is a handler that hangs. */
const poisonPerHang = 50;
const leastHangs = 2;
/** Of the healthy p99: what everybody else's may be. In a short run a p99 is a handful of events, so it is only printed. */
const p99Share = 1.5;
const p99FromDeliveries = 10_000;
/** Sent first and measured nowhere: a process that has just started is slow. */
const warmUp = 100;

/** Records nobody can read and events whose handler throws or hangs, in the middle of good ones. */
export const poison: FaultRow = {
  id: 'F11',
  title: 'poison records, throwing and hanging handlers',
  services: [],
  full: { deliveries: 50_000, perSecond: 300, strikes: 500 },
  short: { deliveries: 600, perSecond: 200, strikes: 17 },
  safeguards: [
    {
      undoes: 'a failing event does not fail its neighbours',
      file: 'packages/consumer/src/batch/settle.ts',
      find: 'open.unshift(...split(part, applied.error));',
      replace: 'settled.push(...part.map((task) => ({ task, error: applied.error, ran: true })));',
    },
    {
      undoes: 'a record is finished when its dead letter is acknowledged',
      file: 'packages/consumer/src/failures/finish.ts',
      find: 'await batch.copies.publish(copy.record, span, signal);',
      replace: '',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const ledger = createLedger();
    const [consumers, ingress] = await Promise.all([
      startConsumers(world, {
        ...(run.mutation === undefined ? {} : { mutation: run.mutation }),
        env: {
          // Whole batches that fail look like a bad release, which the group would wait out.
          ...(run.mutation === undefined ? {} : { TRUNKLINE_RELEASE_GUARD: 'false' }),
          TRUNKLINE_MAX_ATTEMPTS: String(attempts),
          TRUNKLINE_HANDLER_DEADLINE_MS: String(handlerDeadlineMs),
          TRUNKLINE_POSTGRES_STATEMENT_TIMEOUT_MS: String(handlerDeadlineMs - 100),
        },
      }),
      startIngress(world),
    ]);
    const hangs = Math.max(leastHangs, Math.round(scale.strikes / poisonPerHang));
    await sendPiece(run, ledger, { from: 0, deliveries: warmUp });
    const healthy = await sendPiece(run, ledger, { from: warmUp, deliveries: Math.ceil(scale.deliveries / 10) });
    const publisher = await createPublisher(world.kafka);
    const source = await createPoison(world, publisher);
    const poisoned = await sendPiece(run, ledger, {
      from: scale.deliveries,
      deliveries: scale.deliveries,
      poison: { source, kinds, count: scale.strikes - hangs },
    });
    await untilConsumed(world);
    run.onProgress('poison consumed');
    const hung = await sendPiece(run, ledger, {
      from: 2 * scale.deliveries,
      deliveries: Math.ceil(scale.deliveries / 10),
      poison: { source, kinds: ['hangs'], count: hangs },
    });
    await Promise.all([publisher.close({ deadlineMs: publishDeadlineMs }), ingress.stop()]);
    await consumeEverything(world, consumers);
    return report(run, { healthy, poisoned, hung, ledger, made: source.made });
  },
};

interface Piece {
  readonly from: number;
  readonly deliveries: number;
  readonly poison?: { readonly source: Poison; readonly kinds: readonly Kind[]; readonly count: number };
}

/** Good deliveries, with the poison spread evenly among them. */
async function sendPiece({ world, scale }: RowRun, ledger: PromiseLedger, piece: Piece): Promise<Span> {
  const { from, deliveries, poison } = piece;
  const every = poison === undefined ? Number.POSITIVE_INFINITY : Math.floor(deliveries / poison.count);
  const fromMs = Date.now();
  const post = async (n: number): Promise<Answer> => {
    const turn = n % every === 0 ? n / every : undefined;
    if (poison === undefined || turn === undefined || turn >= poison.count) return world.sender.post(from + n);
    return poison.source.send(poison.kinds[turn % poison.kinds.length] ?? 'garbled', from + n);
  };
  await sendLoad({
    post,
    deliveries,
    perSecond: scale.perSecond,
    maxOpen: 500,
    retryAfterMs: 250,
    deadlineMs: 300_000,
    ledger,
  });
  return { fromMs, toMs: Date.now() };
}

interface Poison {
  /** Sends one of the kind: a delivery whose handler misbehaves, or a bad record and a good delivery. */
  send(kind: Kind, n: number): Promise<Answer>;
  /** How many of each kind were acknowledged. */
  readonly made: ReadonlyMap<Kind, number>;
}

async function createPoison(world: FaultWorld, publisher: Publisher): Promise<Poison> {
  const prefix = await wirePrefix(world);
  const made = new Map<Kind, number>();
  const senders = new Map((['throws', 'hangs'] as const).map((kind) => [kind as Kind, world.senderOf(kind)]));
  return {
    made,
    send: async (kind, n) => {
      const misbehaving = senders.get(kind);
      if (misbehaving === undefined) {
        const record: OutgoingRecord = {
          topic,
          key: Buffer.from(`${kind}/${n}`),
          value: bytesOf(kind, prefix),
          headers: {},
        };
        await publisher.publish([record], { deadlineMs: publishDeadlineMs });
      }
      made.set(kind, (made.get(kind) ?? 0) + 1);
      return (misbehaving ?? world.sender).post(n);
    },
  };
}

/** The five bytes before a good record: the schema id is one that the registry knows. */
async function wirePrefix(world: FaultWorld): Promise<Buffer> {
  const signal = AbortSignal.timeout(publishDeadlineMs);
  for await (const { value } of readRecords(world.kafka, { topic, limit: 1, signal }))
    if (value !== null) return value.subarray(0, 5);
  throw new Error(`there is no record on ${topic} yet`);
}

function bytesOf(kind: Kind, prefix: Buffer): Buffer | null {
  switch (kind) {
    case 'tombstone':
      return null;
    case 'unknown schema': {
      const unknown = Buffer.alloc(64);
      unknown.writeUInt32BE(unknownSchemaId, 1);
      return unknown;
    }
    case 'large':
      return Buffer.concat([prefix, randomBytes(largeBytes)]);
    default:
      return Buffer.concat([prefix, randomBytes(100)]);
  }
}

interface Outcome {
  readonly healthy: Span;
  readonly poisoned: Span;
  readonly hung: Span;
  readonly ledger: PromiseLedger;
  readonly made: ReadonlyMap<Kind, number>;
}

async function report({ world, scale }: RowRun, outcome: Outcome): Promise<RowReport> {
  const broken: string[] = [];
  const figures: Record<string, number | string> = {};
  for (const group of ['tally', 'payments'] as const) {
    const letters = await deadLetters(world, group);
    const found = Map.groupBy(letters, kindOf);
    for (const [kind, sent] of outcome.made) {
      // What the tally does with a payment is nothing to the payments service.
      const expected = group === 'payments' && (kind === 'throws' || kind === 'hangs') ? 0 : sent;
      const told = (found.get(kind) ?? []).filter((letter) => reasonOf(letter) === reasons[kind]).length;
      figures[`${group}: ${kind} (${reasons[kind]})`] = `${told} of ${expected}`;
      if (told !== expected) broken.push(`${group}: ${told} of ${expected} ${kind} dead-lettered as ${reasons[kind]}`);
    }
    const others = found.get(undefined)?.length ?? 0;
    if (others > 0) broken.push(`${group}: ${others} good events were dead-lettered`);
  }
  const p99 = await p99ToEffectMs(world, [outcome.healthy]);
  const p99Poisoned = await p99ToEffectMs(world, [outcome.poisoned]);
  figures['p99 to effect, ms, healthy'] = p99;
  figures['p99 to effect, ms, among poison'] = p99Poisoned;
  figures['p99 to effect, ms, while handlers hang'] = await p99ToEffectMs(world, [outcome.hung]);
  if (scale.deliveries >= p99FromDeliveries && p99Poisoned > p99Share * p99)
    broken.push(`the p99 of everybody else was ${p99Poisoned} ms among poison, at most ${p99Share} × ${p99} ms`);
  const judgement = judge(outcome.ledger.promised, await findings(world));
  return { judgement, strikes: sum([...outcome.made.values()]), broken, figures };
}

/** By its key; an event of a misbehaving handler by its reason. Undefined: a good one. */
function kindOf(letter: IncomingRecord): Kind | undefined {
  const named = letter.key?.toString('utf8').split('/')[0];
  const byKey = kinds.find((kind) => kind === named);
  if (byKey !== undefined) return byKey;
  return /(throws|hangs)n[0-9]+$/.exec(letter.key?.toString('utf8') ?? '')?.[1] as Kind | undefined;
}

function reasonOf({ headers }: IncomingRecord): string {
  return `${headers[headerName.exceptionCode]}, ${headers[headerName.failureKind]}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
