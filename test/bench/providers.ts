import { newDeliveryId } from '@trunkline/core';
import {
  createEventCodec,
  type DeliveryContext,
  encodeEvent,
  type EventCodec,
  sealEvent,
  topics,
} from '@trunkline/events';
import {
  normalizeDelivery,
  type ProviderDefinition,
  providers,
  type ReceivedRequest,
  Secret,
  type SourceSettings,
  verifyDelivery,
} from '@trunkline/providers';
import { type Fixture, listFixtures, loadFixture, requestOf, withFreshIds } from '@trunkline/providers/fixtures';

import type { Benchmark, BenchReport, BenchRun, Figure } from './benchmark.ts';
import { cryptographyMs } from './load/crypto-time.ts';
import { numberText } from './report.ts';
import { median } from './statistics.ts';

/** What one delivery of each event type costs this process's one thread; no server takes part. */
export const providerCost: Benchmark = {
  name: 'providers',
  title: 'Cost of a delivery, by provider and event',
  question:
    'Microseconds of one core to verify a delivery, normalise it, and seal and encode its events, for each event that has a ' +
    'fixture. Cryptography is the time inside node:crypto in all three (signatures, and the hashes of event ids), in per cent of the whole.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const codec = await createEventCodec({ registry: anyRegistry(), topics });
    const prepared = allCases();
    const cases = prepared.filter((entry): entry is Case => !('problem' in entry));
    const sliceMs = Math.max(leastSliceMs, (run.seconds * 1_000) / cases.length);
    const costs = new Map<Case, Cost[]>(cases.map((one) => [one, []]));
    // The first round is for the compiler.
    for (let round = 0; round <= run.rounds; round += 1) {
      for (const [one, found] of costs) {
        run.signal.throwIfAborted();
        const cost = await costOf(one, codec, sliceMs);
        if (round > 0) found.push(cost);
      }
      if (round > 0) run.onProgress(`round ${round} of ${run.rounds}, ${cases.length} events`);
    }
    const problems = prepared.filter((entry): entry is Unmeasured => 'problem' in entry);
    return {
      figures: [...costs].map(([one, found]) => figureOf(one, found, shareOfCryptography(one, codec))),
      bars: [],
      notes: [
        'The record for the archive and the HTTP around it are not in these figures; they are in those of B1.',
        `Each event is run for ${sliceMs.toFixed(0)} ms a round with ${variants} different deliveries in turn, after one round that does not count.`,
        ...problems.map(({ label, problem }) => `${label} is not measured: ${problem}.`),
      ],
    };
  },
};

/** Shorter slices would measure the clock. */
const leastSliceMs = 10;
/** Different ids, so that nothing is computed on the text of the run before. */
const variants = 8;
const sharePasses = 9;
const runsPerPass = 5;

interface Case {
  readonly label: string;
  readonly provider: ProviderDefinition;
  readonly settings: SourceSettings;
  readonly requests: readonly ReceivedRequest[];
  readonly nowMs: number;
}

interface Unmeasured {
  readonly label: string;
  readonly problem: string;
}

interface Cost {
  readonly verifyUs: number;
  readonly normaliseUs: number;
  readonly encodeUs: number;
}

function allCases(): readonly (Case | Unmeasured)[] {
  const all: readonly ProviderDefinition[] = providers;
  return all.flatMap((provider) => {
    const events = listFixtures(provider.name);
    if (events.length === 0) return [{ label: provider.name, problem: 'it has no fixture' }];
    return events.map((event) => caseOf(provider, loadFixture(provider.name, event)));
  });
}

function caseOf(provider: ProviderDefinition, fixture: Fixture): Case | Unmeasured {
  const label = `${provider.name} ${fixture.event}`;
  try {
    const nowMs = Date.now();
    const settings: SourceSettings = {
      sourceId: `src_${provider.name}`,
      tenantId: 'tnt_bench',
      secrets: [new Secret(provider.secrets.generate(), { name: 'env:BENCH' })],
      options: provider.options.parse(fixture.options ?? {}),
      ...(fixture.account === undefined ? {} : { account: fixture.account }),
    };
    const url = `https://hooks.example.com/hooks/${settings.sourceId}`;
    const requests = Array.from({ length: variants }, (_, n) =>
      provider.sign(requestOf(withFreshIds(fixture, String(n).padStart(4, '0')), url), settings, nowMs),
    );
    const refused = requests
      .map((request) => verifyDelivery({ provider, settings }, request, nowMs))
      .find(({ ok }) => !ok);
    if (refused !== undefined && !refused.ok) return { label, problem: `its own sample is refused (${refused.step})` };
    return { label, provider, settings, requests, nowMs };
  } catch (error) {
    return { label, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Runs until the slice is over, and lets others in between the slices only. */
async function costOf(one: Case, codec: EventCodec, sliceMs: number): Promise<Cost> {
  const spent = { verify: 0, normalise: 0, encode: 0 };
  const endsAt = performance.now() + sliceMs;
  let runs = 0;
  do {
    for (const request of one.requests) {
      runOnce(one, request, { codec, spent });
      runs += 1;
    }
  } while (performance.now() < endsAt);
  await new Promise((resolve) => setImmediate(resolve));
  const toUs = 1_000 / runs;
  return { verifyUs: spent.verify * toUs, normaliseUs: spent.normalise * toUs, encodeUs: spent.encode * toUs };
}

interface Running {
  readonly codec: EventCodec;
  readonly spent: { verify: number; normalise: number; encode: number };
}

function runOnce({ provider, settings, nowMs }: Case, request: ReceivedRequest, { codec, spent }: Running): void {
  const begin = performance.now();
  const verified = verifyDelivery({ provider, settings }, request, nowMs);
  const verifiedAt = performance.now();
  if (!verified.ok) throw new Error(`${provider.name}: ${verified.step}`);
  const { events } = normalizeDelivery(provider, verified.delivery);
  const normalisedAt = performance.now();
  const context: DeliveryContext = {
    tenantId: settings.tenantId,
    sourceId: settings.sourceId,
    provider: provider.name,
    deliveryId: newDeliveryId(nowMs),
    receivedAtMs: nowMs,
    correction: 0,
    installationKey,
  };
  for (const draft of events) encodeEvent(codec, sealEvent(draft, context), {});
  spent.verify += verifiedAt - begin;
  spent.normalise += normalisedAt - verifiedAt;
  spent.encode += performance.now() - normalisedAt;
}

const installationKey = Buffer.alloc(32, 7);

/** In passes of their own, because looking inside node:crypto makes everything slower; the median, because a pass is short. */
function shareOfCryptography(one: Case, codec: EventCodec): number {
  const spent = { verify: 0, normalise: 0, encode: 0 };
  const shares = Array.from({ length: sharePasses }, () => {
    const inside = cryptographyMs(() => {
      for (let run = 0; run < runsPerPass; run += 1)
        for (const request of one.requests) runOnce(one, request, { codec, spent });
    });
    return (inside.cryptographyMs / inside.totalMs) * 100;
  });
  return median(shares);
}

function figureOf({ label }: Case, costs: readonly Cost[], share: number): Figure {
  const part = (of: (cost: Cost) => number): string => numberText(median(costs.map(of)));
  return {
    label,
    unit: 'µs',
    perRound: costs.map(({ verifyUs, normaliseUs, encodeUs }) => verifyUs + normaliseUs + encodeUs),
    beside: {
      verify: part(({ verifyUs }) => verifyUs),
      normalise: part(({ normaliseUs }) => normaliseUs),
      encode: part(({ encodeUs }) => encodeUs),
      cryptography: `${share.toFixed(0)} %`,
    },
  };
}

/** Ids are all that encoding needs of a registry. */
function anyRegistry(): Parameters<typeof createEventCodec>[0]['registry'] {
  let ids = 0;
  return {
    idOf: () => Promise.resolve((ids += 1)),
    schemaOf: () => Promise.reject(new Error('nothing is read here')),
  };
}
