import { setTimeout as pause } from 'node:timers/promises';

import { classify, messageOf } from '@trunkline/core';
import { schemaTexts, topicEntry } from '@trunkline/events';
import { type ServiceExit, installationEnvironment, type ServiceProcess, until } from '@trunkline/installation';
import { createSchemaRegistry, readRecords } from '@trunkline/kafka';
import { passwordVariable } from '@trunkline/postgres';
import { createLedger, createRandom, judge, type LoadReport, type PromiseLedger, sendLoad } from '@trunkline/testkit';

import { type Balancer, balancerLagMs, createBalancer, drainMs } from './balancer.ts';
import { type Consuming, startConsumers, startIngress, startPayments, startTally, untilConsumed } from './consumers.ts';
import { makeNextRelease, type NextRelease } from './next-release/make.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { findings, tallyFindings } from './verifier.ts';
import { createWorld, type FaultWorld, type ForeignTemplate, inWorld } from './world.ts';

const topic = 'payments.payment.v1';
/** Read by the tally of the next release, and not by that of this one. */
const newTopic = 'calendar.booking.v1';
/** Of a release that nobody has compiled yet, beside whatever else the machine does. */
const readyDeadlineMs = 120_000;
const full: RowScale = { deliveries: 30_000, perSecond: 200, strikes: 7 };
/** In a short run how long an exit takes is the machine's matter. */
const exitDeadlineMs = { full: 10_000, short: 60_000 } as const;
/** More than are ever sent: the load ends when the last rollout is done. */
const unlimited = 10_000_000;
const loadDeadlineMs = 1_200_000;
const readDeadlineMs = 60_000;

const booking: ForeignTemplate = {
  source: 'src_fault_calendly',
  provider: 'calendly',
  fixture: 'invitee.created',
  freshIds: ['0c9a2f64-8b1d-4d7a-b6f0-7d5e3a2b1c01'],
};

const consuming: readonly Consuming[] = [
  { group: 'payments', topics: [topic] },
  { group: 'tally', topics: [topic, newTopic] },
];

type Kind = 'ingress' | 'tally' | 'payments';

const consumersFirst: readonly Kind[] = ['tally', 'payments', 'ingress'];
const ingressFirst: readonly Kind[] = ['ingress', 'payments', 'tally'];

/** In turns: up, back, up and back, each once in either order. */
const rollouts: readonly { readonly to: 'next' | 'this'; readonly order: readonly Kind[] }[] = [
  { to: 'next', order: consumersFirst },
  { to: 'this', order: ingressFirst },
  { to: 'next', order: ingressFirst },
  { to: 'this', order: consumersFirst },
];

/**
 * A rolling upgrade under load, back, and again: provision first, then process after process, a new one before its
 * predecessor goes. What came of it is compared with another installation that took the same deliveries and stayed as it was.
 */
export const upgrade: FaultRow = {
  id: 'F16',
  title: 'rolling upgrade to a next release, back, and up again',
  full,
  short: { deliveries: 300, perSecond: 20, strikes: 3 },
  safeguards: [
    {
      undoes: 'a migration only adds what the release before need not know',
      file: 'test/faults/next-release/upgrade-note.sql',
      find: 'ADD COLUMN upgrade_note text;',
      replace:
        "ADD COLUMN upgrade_note text NOT NULL DEFAULT ''; ALTER TABLE payments.payment ALTER COLUMN upgrade_note DROP DEFAULT;",
    },
    {
      undoes: 'a record is read by the schema that it was written with',
      file: 'packages/events/src/codec.ts',
      find: 'return binding.type.createResolver(writer);',
      replace: 'return binding.type.createResolver(binding.type);',
    },
    {
      undoes: 'a stopping ingress takes connections until the balancer knows',
      file: 'services/ingress/src/http/server.ts',
      find: 'await new Promise((resolve) => setTimeout(resolve, Math.min(limits.drainMs, deadlineMs / 2)));',
      replace: '',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const next = await makeNextRelease(run.mutation);
    try {
      return await upgradeTo(next, run);
    } finally {
      next.remove();
    }
  },
};

async function upgradeTo(next: NextRelease, run: RowRun): Promise<RowReport> {
  const { world } = run;
  const fleet = await startFleet(run);
  const sending = { fleet, ledger: createLedger(), bookings: new Set<string>(), over: new AbortController() };
  const took = await registryTakes(world);
  const exits: Exit[] = [];
  const [load, stuck] = await Promise.all([
    send(run, sending),
    rollOut(run, { next, sending, exits })
      .then(
        () => undefined,
        // A process that is of no use, or is told that it is not: what undone safeguards come to.
        (error: unknown) => `the rollout stopped: ${firstLine(messageOf(error))}`,
      )
      .finally(() => sending.over.abort()),
  ]);
  if (stuck !== undefined) return stoppedReport(run, { sending, stuck, exits });
  const drained = await untilConsumed(world, consuming).then(
    () => true,
    () => false,
  );
  await Promise.all(Object.values(fleet.running).flatMap((services) => services.map((service) => service.stop())));
  const [both, all] = await Promise.all([findings(world), tallyFindings(world)]);
  const judgement = judge(sending.ledger.promised, {
    ...both,
    // Of a booking it is the tally's effect alone that is asked for.
    effects: [...both.effects, ...all.effects.filter((id) => sending.bookings.has(id))],
  });
  const mixed = await countMixed(world);
  const different = await differentFromUnchanged(run, load.sent);
  const { failures } = fleet.balancer;
  const refused = Object.entries(load.refused).map(([status, times]) => `${status} (${times})`);
  return {
    judgement,
    strikes: exits.length / (consumersFirst.length * processesOf(run)),
    broken: [
      ...exits.flatMap(({ name, code }) => (code === 0 ? [] : [`${name} ended with ${code ?? 'SIGKILL'}`])),
      ...(failures.length > 0
        ? [`${failures.length} postings got no answer: ${[...new Set(failures)].join(', ')}`]
        : []),
      ...(refused.length > 0 ? [`postings were refused: ${refused.join(', ')}`] : []),
      ...(drained ? [] : ['the groups did not consume everything']),
      ...(judgement.deadLettered > 0 ? [`${judgement.deadLettered} events became dead letters`] : []),
      ...(different > 0 ? [`${different} rows are not as they are without an upgrade`] : []),
      ...(mixed.nextByThis === 0 || mixed.nextByNext === 0 ? ['the releases did not read from each other'] : []),
      ...(took ? ['the registry took a field without a default'] : []),
    ],
    figures: {
      'accepted (2xx)': load.accepted,
      'answered otherwise, or not at all': failures.length + load.retried,
      'processes replaced': exits.length,
      'records of the next release': mixed.next,
      'of these, applied by this release': mixed.nextByThis,
      'of a topic that only the next release reads': sending.bookings.size,
      'rows that differ from those without an upgrade': different,
    },
  };
}

async function stoppedReport(
  { world }: RowRun,
  given: { readonly sending: Sending; readonly stuck: string; readonly exits: readonly Exit[] },
): Promise<RowReport> {
  const judgement = judge(given.sending.ledger.promised, await tallyFindings(world));
  return { judgement, strikes: 0, broken: [given.stuck], figures: { 'processes replaced': given.exits.length } };
}

/** What follows is the log of a process. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 200) ?? '';
}

/** Those that run at the moment, and the balancer before the ingresses. */
interface Fleet {
  readonly running: Readonly<Record<Kind, ServiceProcess[]>>;
  readonly balancer: Balancer;
}

/** Of each service. In a short run one: while it is replaced there are two, of different releases, in one group. */
function processesOf({ scale }: RowRun): number {
  return scale.strikes > rollouts.length ? 2 : 1;
}

async function startFleet(run: RowRun): Promise<Fleet> {
  const startAll = (kind: Kind): Promise<ServiceProcess[]> =>
    Promise.all(Array.from({ length: processesOf(run) }, () => startOne(run, kind, undefined)));
  const [ingress, tally, payments] = await Promise.all([startAll('ingress'), startAll('tally'), startAll('payments')]);
  const balancer = createBalancer(createRandom(run.seed));
  for (const each of ingress) balancer.inRotation.add(each);
  return { running: { ingress, tally, payments }, balancer };
}

async function startOne(run: RowRun, kind: Kind, checkout: string | undefined): Promise<ServiceProcess> {
  const isOfSource = run.mutation?.file.endsWith('.ts') === true;
  const start = {
    checkout,
    label: checkout === undefined ? 'this' : 'next',
    ...(isOfSource ? { mutation: run.mutation } : {}),
  };
  const service = await {
    ingress: () => run.world.start({ name: 'ingress', ...start, env: { TRUNKLINE_INGRESS_DRAIN_MS: String(drainMs) } }),
    tally: () => startTally(run.world, start),
    payments: () => startPayments(run.world, start),
  }[kind]();
  await service.ready(readyDeadlineMs);
  return service;
}

interface Sending {
  readonly fleet: Fleet;
  readonly ledger: PromiseLedger;
  /** The events of the new topic. */
  readonly bookings: Set<string>;
  readonly over: AbortController;
}

/** Payments and bookings in turns: delivery 2n is payment n. */
function send({ world, scale }: RowRun, { fleet, ledger, bookings, over }: Sending): Promise<LoadReport> {
  const bookingSender = world.senderFor(booking);
  let sent = 0;
  const post = async (n: number): ReturnType<Balancer['post']> => {
    sent = Math.max(sent, n + 1);
    if (n % 2 === 0) return await fleet.balancer.post(world.sender.request(n / 2));
    const answer = await fleet.balancer.post(bookingSender.request((n - 1) / 2));
    for (const id of answer.eventIds) bookings.add(id);
    return answer;
  };
  return sendLoad({
    post,
    deliveries: unlimited,
    perSecond: scale.perSecond,
    maxOpen: 500,
    retryAfterMs: 250,
    deadlineMs: loadDeadlineMs,
    ledger,
    signal: over.signal,
  }).then((report) => ({ ...report, sent }));
}

interface Upgrading {
  readonly next: NextRelease;
  readonly sending: Sending;
  /** Of those that were replaced, in their order. */
  readonly exits: Exit[];
}

async function rollOut(run: RowRun, { next, sending, exits }: Upgrading): Promise<void> {
  const { scale } = run;
  const arrived = (count: number): Promise<true> =>
    until('the load goes on', () => sending.ledger.promised.size >= count, { deadlineMs: loadDeadlineMs });
  await arrived(scale.perSecond);
  await provision(run.world, next);
  for (let strike = 0; strike < scale.strikes; strike += 1) {
    const { to, order } = rollouts[strike % rollouts.length] ?? { to: 'this', order: ingressFirst };
    const checkout = to === 'next' ? next.checkout : undefined;
    for (const kind of order)
      for (let place = 0; place < processesOf(run); place += 1)
        exits.push(await replace(run, sending.fleet, { kind, place, checkout }));
    // As many as come in a second, so that each release works alone for a while.
    await arrived(sending.ledger.promised.size + scale.perSecond);
    run.onProgress(`${strike + 1} of ${scale.strikes} rollouts`);
  }
  await arrived(scale.deliveries);
}

/** As the job of the chart does it, before any process is replaced. */
async function provision({ installation }: FaultWorld, next: NextRelease): Promise<void> {
  const passwords = Object.entries(installation.passwords).map(([login, password]) => [
    passwordVariable(login),
    password,
  ]);
  const env = {
    ...installationEnvironment(installation, 'operator'),
    TRUNKLINE_POSTGRES_ADMIN_URL: installation.endpoints.postgresAdminUrl,
    ...Object.fromEntries(passwords),
  };
  await next.trunkline(['migrate', '--database', installation.database], env);
  await next.trunkline(['schemas', 'register'], env);
}

interface Exit extends ServiceExit {
  readonly name: string;
}

interface Place {
  readonly kind: Kind;
  readonly place: number;
  readonly checkout: string | undefined;
}

/** A new process beside the old one, and then no old one. */
async function replace(run: RowRun, fleet: Fleet, { kind, place, checkout }: Place): Promise<Exit> {
  const old = fleet.running[kind][place];
  if (old === undefined) throw new RangeError(`there is no ${kind} at place ${place}`);
  const fresh = await startOne(run, kind, checkout);
  fleet.running[kind][place] = fresh;
  const { inRotation } = fleet.balancer;
  if (kind === 'ingress') inRotation.add(fresh);
  const exiting = old.stop(exitDeadlineMs[run.scale === full ? 'full' : 'short']);
  if (kind === 'ingress') {
    await pause(balancerLagMs);
    inRotation.delete(old);
  }
  return { name: kind, ...(await exiting) };
}

/** Whether the registry would take what this release could not read: it has to refuse. */
async function registryTakes({ installation }: FaultWorld): Promise<boolean> {
  const { registryUrl } = installation.endpoints;
  const registry = createSchemaRegistry({ url: registryUrl, namespace: installation.namespace, timeoutMs: 20_000 });
  // A record: ours are.
  const schema = JSON.parse(schemaTexts[topic]) as { readonly fields: readonly object[] };
  const field = { name: 'demanded', type: 'string', doc: 'Has no default.' };
  try {
    const text = JSON.stringify({ ...schema, fields: [...schema.fields, field] });
    await registry.register(topicEntry(topic).subject, text, 'FULL_TRANSITIVE');
    return true;
  } catch (error) {
    if (classify(error).code === 'dependency_unavailable') throw error;
    return false;
  }
}

interface Mixed {
  /** Records that the next release wrote. */
  readonly next: number;
  readonly nextByNext: number;
  readonly nextByThis: number;
}

/** By which release records were written, and by which they were applied: only one of them keeps the note. */
async function countMixed(world: FaultWorld): Promise<Mixed> {
  const schemas = new Map<number, number>();
  const signal = AbortSignal.timeout(readDeadlineMs);
  for await (const { value } of readRecords(world.kafka, { topic, limit: unlimited, signal })) {
    // The wire format: 0x00 and four bytes of id.
    const id = value?.readUInt32BE(1) ?? 0;
    schemas.set(id, (schemas.get(id) ?? 0) + 1);
  }
  // What was registered later has the greater id; one alone is that of this release.
  const [, next = 0] = [...schemas].toSorted(([a], [b]) => a - b).map(([, count]) => count);
  const [row] = await world.database.transaction([world.tenantId], (tx) =>
    tx.query<{ readonly count: number }>(
      'SELECT count(*)::int AS count FROM payments.payment WHERE upgrade_note IS NOT NULL',
    ),
  );
  const nextByNext = row?.count ?? 0;
  return { next, nextByNext, nextByThis: next - nextByNext };
}

/** Without what only the next release knows, and times of this run: of a version the 12 digits of the receipt (packages/events/src/version.ts). */
const payments = `SELECT (to_jsonb(row) - 'upgrade_note' - 'updated_at' - 'entity_version')::text
  || overlay(entity_version placing '' from 44 for 12) AS text FROM payments.payment row`;
const postings = `SELECT (to_jsonb(row) - 'posted_at')::text AS text FROM payments.posting row`;

/** How many rows of either installation the other one does not have. */
async function differentFromUnchanged({ world, servers, scale }: RowRun, sent: number): Promise<number> {
  const unchanged = await createWorld(servers.stack.endpoints, {}, scale);
  return await inWorld(unchanged, async () => {
    const [ingress] = await Promise.all([startIngress(unchanged), startConsumers(unchanged)]);
    const ledger = createLedger();
    await sendLoad({
      post: (n) => unchanged.sender.post(n),
      deliveries: Math.ceil(sent / 2),
      perSecond: 500,
      maxOpen: 500,
      retryAfterMs: 250,
      deadlineMs: loadDeadlineMs,
      ledger,
    });
    await ingress.stop();
    await untilConsumed(unchanged);
    let different = 0;
    for (const sql of [payments, postings]) {
      const [here, there] = await Promise.all([textsOf(world, sql), textsOf(unchanged, sql)]);
      different +=
        [...here].filter((text) => !there.has(text)).length + [...there].filter((text) => !here.has(text)).length;
    }
    return different;
  });
}

async function textsOf(world: FaultWorld, sql: string): Promise<Set<string>> {
  const rows = await world.database.transaction([world.tenantId], (tx) => tx.query<{ readonly text: string }>(sql));
  return new Set(rows.map(({ text }) => text));
}
