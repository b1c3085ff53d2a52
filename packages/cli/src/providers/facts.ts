import type { Domain, ProviderDefinition, SignatureCoverage } from '@trunkline/providers';
import { listFixtures, loadFixture } from '@trunkline/providers/fixtures';
import { z } from 'zod';

import { type OptionRow, optionRows } from './option-rows.ts';
import { pitfallsOf } from './pitfalls.ts';

/** Everything a definition says about its provider, as values: for `providers show`, its JSON, and the pages. */
export interface ProviderFacts {
  readonly name: string;
  readonly title: string;
  readonly docsUrl: string;
  readonly domains: readonly Domain[];
  readonly scheme: string;
  readonly methods: readonly string[];
  readonly account: {
    readonly from: ProviderDefinition['account'];
    readonly example?: string;
    readonly whereToFind?: string;
  };
  readonly secret: { readonly label: string; readonly whereToFind: string };
  /** What is proven, under the sample options. */
  readonly proof: SignatureCoverage;
  /** What could be taken for proven and is not, under these options and under others that fixtures have. */
  readonly notProven: readonly string[];
  readonly options: readonly OptionRow[];
  /** Options that a source can be started with; undefined where none are needed. */
  readonly sampleOptions: unknown;
  /** In the order of the definition: each type, and the provider's own names that become it. */
  readonly events: readonly EventFacts[];
  /** The provider's own names, as far as they are known, of what arrives as integration.event. */
  readonly passedOn: readonly string[];
  readonly delivery: {
    readonly acceptDeadlineMs: number;
    readonly answerWithin: string;
    readonly schedule: string;
    readonly autoDisable: string;
    readonly outage: string;
    readonly dedupeBy: string;
    /** The status while Kafka is away. */
    readonly unavailableStatus: number;
  };
  readonly handshakes: readonly ('unsigned' | 'signed')[];
  readonly pitfalls: readonly string[];
  readonly fixtures: readonly string[];
}

export interface EventFacts {
  readonly type: string;
  readonly from: readonly string[];
}

/** What the ingress answers while Kafka is away, unless a provider misreads it. */
const usualUnavailableStatus = 503;

/** Reads the provider's fixtures as well, so it touches the disk. */
export function factsOf(definition: ProviderDefinition): ProviderFacts {
  const fixtures = listFixtures(definition.name);
  const { accountFormat, account, retries } = definition;
  const sampleOptions = sampleOptionsOf(definition, fixtures);
  const proof = definition.coverage(definition.options.parse(sampleOptions ?? {}));
  return {
    name: definition.name,
    title: definition.title,
    docsUrl: definition.docsUrl,
    domains: definition.domains,
    scheme: definition.scheme,
    methods: definition.methods,
    account: {
      from: account,
      ...(accountFormat === undefined
        ? {}
        : { example: accountFormat.example, whereToFind: accountFormat.whereToFind }),
    },
    secret: { label: definition.secrets.label, whereToFind: definition.secrets.whereToFind },
    proof,
    notProven: notProvenOf(definition, proof, fixtures),
    options: optionRows(definition.options),
    sampleOptions,
    events: eventsOf(definition),
    passedOn: passedOnOf(definition, fixtures),
    delivery: {
      acceptDeadlineMs: definition.acceptDeadlineMs,
      ...retries,
      unavailableStatus: definition.unavailableStatus ?? usualUnavailableStatus,
    },
    handshakes: (['unsigned', 'signed'] as const).filter((kind) => definition.handshake?.[kind] !== undefined),
    pitfalls: pitfallsOf(definition, proof),
    fixtures,
  };
}

/** How many of the provider's own names have a canonical type; the rest is passed on as integration.event. */
export function mappedNames(definition: ProviderDefinition): readonly string[] {
  const mapped = definition.eventTypes.filter(({ from, to }) => from !== '*' && to !== 'integration.event.received');
  return [...new Set(mapped.map(({ from }) => from))];
}

/** Where a source cannot be without options, those of a fixture: rather of one that is signed than of one with a token. */
function sampleOptionsOf(definition: ProviderDefinition, fixtures: readonly string[]): unknown {
  if (definition.options.safeParse({}).success) return undefined;
  const samples = fixtures.map((fixture) => loadFixture(definition.name, fixture).options);
  const proves = (options: unknown): boolean => definition.coverage(definition.options.parse(options)).body !== 'none';
  return samples.find(proves) ?? samples[0];
}

function notProvenOf(
  definition: ProviderDefinition,
  { notProven = [] }: SignatureCoverage,
  fixtures: readonly string[],
): readonly string[] {
  const found = new Set(notProven);
  const others = new Map<string, string>();
  for (const fixture of fixtures) {
    const { options } = loadFixture(definition.name, fixture);
    for (const sentence of definition.coverage(definition.options.parse(options)).notProven ?? []) {
      if (!found.has(sentence)) others.set(sentence, `With \`options: ${JSON.stringify(options)}\`: ${sentence}`);
    }
  }
  return [...found, ...others.values()];
}

/** What the definition knows and does not map, and what its fixtures show to be passed on. */
function passedOnOf(definition: ProviderDefinition, fixtures: readonly string[]): readonly string[] {
  const mapped = new Set(mappedNames(definition));
  const named = definition.eventTypes.map(({ from }) => from).filter((from) => from !== '*');
  const shown = fixtures.flatMap((fixture) => passedOnIn(loadFixture(definition.name, fixture).expected));
  return [...new Set([...(definition.knownTypes ?? []), ...named, ...shown])]
    .filter((name) => !mapped.has(name))
    .toSorted();
}

const expectedEvents = z.object({
  events: z.array(z.object({ record: z.object({ originalType: z.string().nullish() }) })),
});

function passedOnIn(expected: unknown): readonly string[] {
  const parsed = expectedEvents.safeParse(expected);
  return parsed.success ? parsed.data.events.flatMap(({ record }) => record.originalType ?? []) : [];
}

function eventsOf({ eventTypes }: ProviderDefinition): readonly EventFacts[] {
  const types = new Map<string, string[]>();
  for (const { from, to } of eventTypes) {
    // Those are a list of their own: see passedOn.
    if (to === 'integration.event.received' && from !== '*') continue;
    const names = types.get(to) ?? [];
    types.set(to, names.includes(from) ? names : [...names, from]);
  }
  return [...types].map(([type, from]) => ({ type, from }));
}
