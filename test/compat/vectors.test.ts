import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { eventId, type EventId, type EventIdentity } from '@trunkline/core';
import {
  canonicalText,
  createEventCodec,
  encodeRequest,
  entityVersion,
  letterId,
  type Occasion,
  occasionId,
  parseExact,
  personalDigest,
  recordKey,
  type RequestDraft,
  requestId,
  type RequestIdentity,
  type RequestTopic,
  sealEvent,
  sealRequest,
  type CauseIdentity,
  causeId,
  type EventDraft,
  type VersionParts,
} from '@trunkline/events';
import { describe, expect, it } from 'vitest';

/** vectors.json is read twice: here, and by vectors.py, which shares no code with it. What both agree on is settled. */
interface Vectors {
  readonly eventIds: readonly (EventIdentity & { readonly id: string })[];
  readonly requestIds: readonly (RequestIdentity & { readonly id: string })[];
  readonly occasionIds: readonly (Occasion & { readonly id: string })[];
  readonly letterIds: readonly {
    readonly group: string;
    readonly eventId?: EventId;
    readonly place?: { readonly topic: string; readonly partition: number; readonly offset: number };
    readonly id: string;
  }[];
  readonly causeIds: readonly (CauseIdentity & { readonly id: string })[];
  readonly keys: readonly { readonly parts: readonly string[]; readonly key: string }[];
  readonly digests: readonly {
    readonly installationKeyHex: string;
    readonly tenantId: string;
    readonly values: readonly string[];
    readonly digest: string;
  }[];
  readonly versions: readonly (VersionParts & { readonly version: string })[];
  readonly canonical: readonly { readonly json: string; readonly text: string; readonly sha256: string }[];
  readonly wire: readonly {
    readonly topic: 'payments.payment.v1';
    readonly schema: string;
    readonly schemaId: number;
    readonly draft: EventDraft<'payments.payment.v1'>;
    readonly hex: string;
  }[];
  readonly requests: readonly (RequestDraft<RequestTopic> & {
    readonly schema: string;
    readonly schemaId: number;
    readonly installationKeyHex: string;
    readonly tenantId: string;
    readonly group: string;
    readonly requestedAtMs: number;
    readonly id: string;
    readonly key: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly hex: string;
  })[];
}

// The file is ours; a wrong shape fails the tests that read it.
const vectors = JSON.parse(await readFile(join(import.meta.dirname, 'vectors.json'), 'utf8')) as Vectors;

const noPlace = { topic: '', partition: 0, offset: 0 };

describe('the vectors', () => {
  it.each(vectors.eventIds)('event id $id', ({ id, ...identity }) => {
    expect(eventId(identity)).toBe(id);
  });

  it.each(vectors.requestIds)('request id $id', ({ id, ...identity }) => {
    expect(requestId(identity)).toBe(id);
  });

  it.each(vectors.occasionIds)('occasion id $id', ({ id, ...occasion }) => {
    expect(occasionId(occasion)).toBe(id);
  });

  it.each(vectors.letterIds)('letter id $id', ({ id, group, eventId: named, place = noPlace }) => {
    const identity = named === undefined ? { place: { ...place, offset: BigInt(place.offset) } } : { recordId: named };

    expect(letterId({ group, ...identity })).toBe(id);
  });

  it.each(vectors.causeIds)('cause id $id', ({ id, ...identity }) => {
    expect(causeId(identity)).toBe(id);
  });

  it.each(vectors.keys)('record key $key', ({ parts, key }) => {
    expect(recordKey(parts)).toBe(key);
  });

  it.each(vectors.digests)('digest $digest', ({ installationKeyHex, tenantId, values, digest }) => {
    expect(personalDigest({ installationKey: Buffer.from(installationKeyHex, 'hex'), tenantId, values })).toBe(digest);
  });

  it.each(vectors.versions)('version $version', ({ version, ...parts }) => {
    expect(entityVersion(parts)).toBe(version);
  });

  it.each(vectors.canonical)('canonical text of $json', ({ json, text, sha256 }) => {
    expect(canonicalText(parseExact(json).value)).toBe(text);
    expect(createHash('sha256').update(text, 'utf8').digest('hex')).toBe(sha256);
  });

  it.each(vectors.wire)('bytes of a record of $schema', async ({ topic, schema, schemaId, draft, hex }) => {
    const written = await readFile(join(import.meta.dirname, '../../schemas/released', schema), 'utf8');
    const codec = await createEventCodec({
      registry: { idOf: () => Promise.resolve(schemaId + 1), schemaOf: () => Promise.resolve(written) },
      topics: [topic],
    });
    const { record } = sealEvent(draft, {
      tenantId: 'tnt_acme',
      sourceId: 'src_stripe',
      provider: 'stripe',
      deliveryId: 'dlv_0190b6a2f3c47a0e8f11223344556677',
      receivedAtMs: 1_732_233_600_123,
      correction: 0,
      installationKey: Buffer.alloc(32),
    });

    const read = await codec.decode(topic, Buffer.from(hex, 'hex'));

    expect(read).toMatchObject(record);
    // A release since then has more fields, which the bytes say nothing about.
    expect(Object.entries(read).filter(([name, value]) => !(name in record) && value !== null)).toEqual([]);
  });

  it.each(vectors.requests)('request $id', async (vector) => {
    const { topic, schema, schemaId, tenantId, group, requestedAtMs, payload } = vector;
    const written = await readFile(join(import.meta.dirname, '../../schemas/released', schema), 'utf8');
    const codec = await createEventCodec({
      registry: { idOf: () => Promise.resolve(schemaId + 1), schemaOf: () => Promise.resolve(written) },
      topics: [topic],
    });
    const installationKey = Buffer.from(vector.installationKeyHex, 'hex');
    const sealed = sealRequest(vector, { tenantId, group, requestedAtMs, installationKey });

    const record = encodeRequest(codec, sealed, {});
    const read = await codec.decode(topic, Buffer.from(vector.hex, 'hex'));

    const { ce_dataschema: _ofThisRelease, ...headers } = vector.headers;
    expect(sealed.requestId).toBe(vector.id);
    expect(record.key.toString('utf8')).toBe(vector.key);
    expect(record.headers).toMatchObject(headers);
    expect(read).toEqual(sealed.record);
    expect(read).toMatchObject(payload);
  });

  it('are reproduced by a second implementation, in Python', async (context) => {
    const run = promisify(execFile);
    const python = await run('python3', ['--version'], { timeout: 5_000 }).catch(() => undefined);
    if (python === undefined) context.skip('cannot run here: python3 is not installed');

    const { stdout } = await run('python3', [join(import.meta.dirname, 'vectors.py')], { timeout: 8_000 });

    const count = Object.values(vectors).reduce((sum: number, group: readonly unknown[]) => sum + group.length, 0);
    expect(stdout.trim()).toBe(`${count} vectors agree`);
  });
});
