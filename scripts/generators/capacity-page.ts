import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { OutcomeJson } from '../../test/bench/report.ts';
import { median } from '../../test/bench/statistics.ts';
import { assumed, type Costs, endsOf, needsOf, type Needs } from '../capacity/reckon.ts';
import type { Generator } from './generator.ts';
import { banner, page, table } from './markdown.ts';

/** What an installation needs, from what one event was measured to cost. */
export const capacityPage: Generator = {
  name: 'capacity-page',
  files: () => new Map([['docs/capacity.md', text()]]),
};

const source = 'docs/benchmarks.json';
const root = join(import.meta.dirname, '../..');
const rates = [100, 1_000, 10_000, 100_000, 1_000_000] as const;

/** Where each cost is measured: the name of the benchmark, and its figure. */
const figures: Readonly<Record<keyof Costs, readonly [benchmark: string, figure: string]>> = {
  ingressUs: ['ingress', 'CPU per delivery, one process'],
  consumerUs: ['consumer', 'CPU of the service per event'],
  journalUs: ['journal', 'of it the process'],
  postgresOfConsumerUs: ['sizes', 'CPU of Postgres for the payments service'],
  postgresOfJournalUs: ['sizes', 'CPU of Postgres for the journal'],
  deliveryBytes: ['sizes', 'delivery on Kafka'],
  eventBytes: ['sizes', 'event on Kafka'],
  rowBytes: ['sizes', 'rows and indexes of the payments service'],
  walBytes: ['sizes', 'WAL of the payments service'],
  journalRowBytes: ['sizes', 'rows and indexes of the journal'],
  journalWalBytes: ['sizes', 'WAL of the journal'],
  consumerPerSecond: ['consumer', 'Trunkline payments service'],
};
/** The journal is measured by the record, and reads the delivery and the event. */
const recordsOfEvent = 2;

function text(): string {
  const outcomes = JSON.parse(readFileSync(join(root, source), 'utf8')) as readonly OutcomeJson[]; // Written by the bench.
  const costs = costsIn(outcomes);
  const needs = rates.map((rate) => needsOf(rate, costs));
  return page(
    banner(`${source} and scripts/capacity`),
    '# Capacity',
    'How much an installation needs for a rate of events, and where its shape ends. Nothing here was run at that size: it is arithmetic from what **one** event was measured to cost ([benchmarks](benchmarks.md)), on a small shared machine where a speed swings by ±40 %. ' +
      'Take it to choose the first machines, and measure then. `npm run bench -- ingress consumer journal sizes --write` measures again, `npm run generate` reckons again.',
    '## What is reckoned',
    'A delivery of 1 KB that becomes one event, which one consumer group applies and the journal indexes in full; nothing fails, nothing is sent to endpoints. A second group costs its processes, its Postgres and another reading of the event.',
    needsTable(needs),
    '## Where the shape ends',
    ends(costs),
    '## Formulas',
    formulas(costs),
    '## Measured',
    measured(outcomes, costs),
  );
}

function needsTable(needs: readonly Needs[]): string {
  const row = (what: string, value: (need: Needs) => string): readonly string[] => [what, ...needs.map(value)];
  return table(
    ['events a second', ...needs.map(({ eventsPerSecond }) => whole(eventsPerSecond))],
    [
      row('processes: ingress', ({ processes }) => whole(processes.ingress)),
      row('processes: consumers', ({ processes }) => whole(processes.consumers)),
      row('processes: journal', ({ processes }) => whole(processes.journal)),
      row('cores that they use', ({ cores }) => short(cores)),
      row('their memory', ({ memoryBytes }) => bytes(memoryBytes)),
      row('partitions of a topic with all events', ({ partitions }) => whole(partitions)),
      row('into the brokers', ({ kafka }) => `${bytes(kafka.inBytesPerSecond)}/s`),
      row('written by them, replicas included', ({ kafka }) => `${bytes(kafka.writtenBytesPerSecond)}/s`),
      row('out of them', ({ kafka }) => `${bytes(kafka.outBytesPerSecond)}/s`),
      row('brokers', ({ kafka }) => whole(kafka.brokers)),
      row(`their disks, ${assumed.retentionDays} days`, ({ kafka }) => bytes(kafka.diskBytes)),
      row('Postgres: WAL of the consumers', ({ postgres }) => `${bytes(postgres.walBytesPerSecond)}/s`),
      row('Postgres: rows a day, with indexes', ({ postgres }) => bytes(postgres.bytesPerDay)),
      row('Postgres: cores', ({ postgres }) => short(postgres.cores)),
      row('Postgres: servers', ({ postgres }) => whole(postgres.servers)),
      row('index of the journal: WAL', ({ journal }) => `${bytes(journal.walBytesPerSecond)}/s`),
      row('index of the journal: a day', ({ journal }) => bytes(journal.bytesPerDay)),
      row('index of the journal: cores of Postgres', ({ journal }) => short(journal.cores)),
    ],
  );
}

function ends(costs: Costs): string {
  const { partitions, postgres, journal } = endsOf(costs);
  const journalAt2000 = needsOf(2_000, costs).journal.bytesPerDay;
  return [
    `- **Partitions: ${short(partitions)} events a second and topic.** One partition is read by one process of a group, and one process applies ${short(costs.consumerPerSecond)} a second at most. More partitions are chosen **before** the first record (\`TRUNKLINE_PARTITIONS\`, \`kafka.partitions\` of the chart): later they would move keys. A topic that is full has a successor, \`.v2\`.`,
    `- **One Postgres: ${short(postgres)} events a second.** Then one server for each domain (every service has its own schema, and its own URL), and after that an installation for a share of the tenants: nothing of a tenant refers to another one.`,
    `- **The full index of the journal: ${bytes(journalAt2000)} a day at 2,000 events a second, one Postgres at ${short(journal)}.** What ends first is what somebody wants to pay for disks; above some 2,000 a second all day, \`TRUNKLINE_JOURNAL_EVENTS=failures\` counts every event and keeps rows of what failed.`,
    `- **One entity: ${short(costs.consumerPerSecond)} events a second.** What is about one entity keeps its order, in one partition, so it is no faster than one process. Entities of one account are spread over all partitions.`,
    `- **A million a second is not one installation:** ${whole(needsOf(1_000_000, costs).postgres.servers)} databases are ${whole(needsOf(1_000_000, costs).postgres.servers)} installations beside each other, each with its tenants and its brokers. The column says what they come to.`,
  ].join('\n');
}

function formulas(costs: Costs): string {
  const percent = Math.round(assumed.busyShare * 100);
  return [
    `- **Processes** = events a second × CPU of an event ÷ ${percent} % of a core, two at least; consumers also no fewer than events a second ÷ (${short(costs.consumerPerSecond)} × ${percent} %), because one waits for Postgres, too. An ingress process is one event loop: one core.`,
    `- **Memory** = processes × ${assumed.podMebibytes} MiB, the limit of the chart.`,
    `- **Partitions** = consumers, ${assumed.leastPartitions} at least.`,
    `- **Brokers** = bytes written, with ${assumed.replicas} replicas, ÷ ${bytes(assumed.brokerBytesPerSecond)}/s, three at least. Nothing is compressed. **Disks** = bytes written × ${assumed.retentionDays} days; the archive of deliveries is kept as long as the topic says.`,
    `- **Postgres servers** = the larger of cores ÷ (${assumed.postgresCores} × ${percent} %) and WAL ÷ ${bytes(assumed.postgresWalBytesPerSecond)}/s. Rows of entities are replaced and not added by most events of a real installation: rows a day are an upper bound, WAL is not.`,
    `- The ${percent} % are those of the chart's autoscaler; what a broker and a Postgres take are assumptions about machines, in scripts/capacity/reckon.ts.`,
  ].join('\n');
}

function measured(outcomes: readonly OutcomeJson[], costs: Costs): string {
  const rows = Object.entries(figures).map(([cost, [benchmark, figure]]) => {
    const { conditions, title } = outcomeOf(outcomes, benchmark);
    const unit = cost.endsWith('Us') ? 'µs' : cost.endsWith('Bytes') ? 'B' : '/s';
    const value = costs[cost as keyof Costs]; // A key of the table.
    const times = cost === 'journalUs' ? `, × ${recordsOfEvent} records` : '';
    return [`${figure}${times}`, `${short(value)} ${unit}`, title, conditions.date];
  });
  return table(['of one event', 'median', 'benchmark', 'measured'], rows);
}

function costsIn(outcomes: readonly OutcomeJson[]): Costs {
  const of = (cost: keyof Costs): number => {
    const [benchmark, label] = figures[cost];
    const figure = outcomeOf(outcomes, benchmark).figures.find((each) => each.label === label);
    if (figure === undefined)
      throw new Error(`${source}: the benchmark ${benchmark} has no figure "${label}" any more`);
    return median(figure.perRound);
  };
  return {
    ingressUs: of('ingressUs'),
    consumerUs: of('consumerUs'),
    journalUs: of('journalUs') * recordsOfEvent,
    postgresOfConsumerUs: of('postgresOfConsumerUs'),
    postgresOfJournalUs: of('postgresOfJournalUs'),
    deliveryBytes: of('deliveryBytes'),
    eventBytes: of('eventBytes'),
    rowBytes: of('rowBytes'),
    walBytes: of('walBytes'),
    journalRowBytes: of('journalRowBytes'),
    journalWalBytes: of('journalWalBytes'),
    consumerPerSecond: of('consumerPerSecond'),
  };
}

function outcomeOf(outcomes: readonly OutcomeJson[], name: string): OutcomeJson {
  const outcome = outcomes.find((each) => each.name === name);
  if (outcome === undefined) throw new Error(`${source} has no run of ${name}: npm run bench -- ${name} --write`);
  return outcome;
}

function whole(value: number): string {
  return value.toLocaleString('en-US');
}

/** Two digits that mean something: what is reckoned is no more exact than what was measured. */
function short(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 3 });
}

function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(value, 1)) / 3));
  return `${short(value / 1_000 ** power)} ${units[power] ?? ''}`;
}
