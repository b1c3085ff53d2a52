/** What every provider's samples become on Kafka: the records that the ingress would publish, and what in them is payload. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { newDeliveryId } from '@trunkline/core';
import {
  createEventCodec,
  type EncodedRecord,
  encodeEvent,
  encodeIngress,
  type EventCodec,
  schemaTexts,
  type SchemaRegistry,
  sealEvent,
  topics,
} from '@trunkline/events';
import {
  archivedHeaders,
  archivedQuery,
  normalizeDelivery,
  type ProviderDefinition,
  providers,
  singleHeader,
  type SourceSettings,
  verifyDelivery,
} from '@trunkline/providers';
import { type Fixture, listFixtures, loadFixture, requestOf } from '@trunkline/providers/fixtures';
import { loadSources } from '@trunkline/sources';

export interface SampleRecords {
  readonly deliveries: readonly EncodedRecord[];
  readonly events: readonly EncodedRecord[];
  /** Texts of bodies, headers and payload fields that no envelope repeats. */
  readonly payload: ReadonlySet<string>;
}

export const installationKey: Uint8Array = Buffer.alloc(32, 7);
const tenantId = 'tnt_samples';
const catalogue: readonly ProviderDefinition[] = providers;

/** Its ids are the places of the topics in the catalogue. */
export const sampleRegistry: SchemaRegistry = {
  idOf: (subject) => Promise.resolve(topics.findIndex((topic) => subject === `${topic}-value`) + 1),
  schemaOf: (id) => {
    const topic = topics[id - 1];
    return topic === undefined ? Promise.reject(new Error(`no schema ${id}`)) : Promise.resolve(schemaTexts[topic]);
  },
};

/** Every sample of every provider, verified and normalised. */
export async function sampleRecords(): Promise<SampleRecords> {
  const codec = await createEventCodec({ registry: sampleRegistry, topics });
  const settingsOf = await loadSettings();
  const deliveries: EncodedRecord[] = [];
  const events: EncodedRecord[] = [];
  const texts = new Set<string>();
  const envelopes: string[] = [];
  for (const provider of catalogue) {
    for (const name of listFixtures(provider.name)) {
      const fixture = loadFixture(provider.name, name);
      const sample = { provider, fixture, settings: settingsOf(provider) };
      const made = recordsOf(sample, codec);
      if (made === undefined) continue;
      deliveries.push(made.delivery);
      events.push(...made.events);
      envelopes.push(...made.envelopes);
      for (const text of textsIn(made.payload)) texts.add(text);
    }
  }
  const known = envelopes.join('\n');
  return { deliveries, events, payload: new Set([...texts].filter((text) => !known.includes(text))) };
}

interface Sample {
  readonly provider: ProviderDefinition;
  readonly fixture: Fixture;
  readonly settings: SourceSettings;
}

interface MadeRecords {
  readonly delivery: EncodedRecord;
  readonly events: readonly EncodedRecord[];
  readonly envelopes: readonly string[];
  readonly payload: readonly unknown[];
}

function recordsOf({ provider, fixture, settings }: Sample, codec: EventCodec): MadeRecords | undefined {
  const nowMs = Date.now();
  const url = `http://127.0.0.1/hooks/${settings.sourceId}`;
  const request = provider.sign(requestOf(fixture, url), settings, nowMs);
  const verified = verifyDelivery({ provider, settings }, request, nowMs);
  // A sample for a source with other options.
  if (!verified.ok) return undefined;
  const { verdict, events } = normalizeDelivery(provider, verified.delivery);
  const deliveryId = newDeliveryId(nowMs);
  const { sourceId } = settings;
  const sealed = events.map((draft) =>
    sealEvent(draft, {
      tenantId,
      sourceId,
      provider: provider.name,
      deliveryId,
      receivedAtMs: nowMs,
      correction: 0,
      installationKey,
    }),
  );
  const body = Buffer.from(request.body);
  const headers = archivedHeaders(request.headers, verified.delivery.keepHeaders);
  const delivery = encodeIngress(
    codec,
    {
      topic: 'ingress.delivery.v1',
      record: {
        deliveryId,
        tenantId,
        sourceId,
        provider: provider.name,
        receivedAt: nowMs,
        method: request.method,
        path: request.target,
        query: archivedQuery(request.target),
        headers,
        contentType: singleHeader(request, 'content-type') ?? null,
        body,
        verdict,
        reason: null,
        eventIds: sealed.map(({ eventId }) => eventId),
        handshake: null,
        answerStatus: 200,
        verifiedWith: '0',
        traceId: null,
      },
    },
    {},
  );
  return {
    delivery,
    events: sealed.map((each) => encodeEvent(codec, each, {})),
    envelopes: sealed.map(({ record: { metadata } }) => JSON.stringify(metadata)),
    payload: [jsonIn(body), headers, ...sealed.map(({ record }) => ({ ...record, metadata: undefined }))],
  };
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return [...new URLSearchParams(body.toString('utf8')).values()];
  }
}

/** Shorter ones may stand anywhere by chance. */
const leastUnits = 8;
/** When a thing happened stands in the index, too. */
const date = /^\d{4}-\d{2}-\d{2}/;

function* textsIn(value: unknown): Iterable<string> {
  if (typeof value === 'string' && value.length >= leastUnits && !date.test(value)) yield value;
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
    for (const member of Object.values(value)) yield* textsIn(member);
}

async function loadSettings(): Promise<(provider: ProviderDefinition) => SourceSettings> {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-samples-'));
  try {
    const file = join(directory, 'trunkline.yaml');
    const env = Object.fromEntries(catalogue.map(({ name, secrets }) => [variableOf(name), secrets.generate()]));
    writeFileSync(file, JSON.stringify(sourcesOf()));
    const loaded = await loadSources(file, { env });
    if ('problems' in loaded) throw new Error(`the samples do not load: ${JSON.stringify(loaded.problems)}`);
    return ({ name }) => {
      const source = loaded.catalog.source(`src_${name}`);
      if (source === undefined) throw new RangeError(`there is no source of ${name}`);
      return source.settings;
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function variableOf(name: string): string {
  return `SAMPLE_${name.toUpperCase()}`;
}

function sourcesOf(): object {
  return {
    version: 1,
    tenants: [{ id: tenantId, name: 'Samples' }],
    sources: catalogue.map(({ name }) => {
      const [first = ''] = listFixtures(name);
      const { account, options } = loadFixture(name, first);
      return {
        id: `src_${name}`,
        tenant: tenantId,
        provider: name,
        secrets: [`env:${variableOf(name)}`],
        ...(account === undefined ? {} : { account }),
        ...(options === undefined ? {} : { options }),
      };
    }),
  };
}
