import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type DomainTopic, isDomainTopic, type RecordOf } from '@trunkline/events';
import { jsonSchemaOf, renderMessage, formats, sentTypes, topicOfType, type WebhookMessage } from '@trunkline/payload';
import { providerNamed, providers, Secret } from '@trunkline/providers';
import { listFixtures, loadFixture } from '@trunkline/providers/fixtures';
import { newSigningSecret, readSigningKey, signingKinds, signMessage, verifyingKeyOf } from '@trunkline/signing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';

/*
 * What goes out, held against what others make of it: the schemas of messages against every event that a fixture gives,
 * the signatures against our own ingress. The official libraries stand in packages/signing.
 */

interface FixtureEvent {
  readonly topic: DomainTopic;
  readonly record: RecordOf<DomainTopic>;
}

const events = providers.flatMap(({ name }) =>
  listFixtures(name).flatMap((fixture) => {
    // Written by `trunkline providers fixtures` from what the provider's code gives.
    const expected = loadFixture(name, fixture).expected as { readonly events?: readonly FixtureEvent[] };
    return (expected.events ?? []).filter(({ topic }) => isDomainTopic(topic) && topic !== 'integration.event.v1');
  }),
);

function noFixture(): never {
  throw new Error('no fixture gives such an event');
}

function paid(): FixtureEvent {
  return events.find(({ record }) => record.metadata.type === 'payments.payment.succeeded') ?? noFixture();
}

describe('the JSON Schemas of messages', () => {
  const ajv = new Ajv2020({ allowUnionTypes: true, validateFormats: false });
  const validators = new Map(sentTypes.map((type) => [type, ajv.compile(jsonSchemaOf(type) ?? false)]));

  it('are there for every type of event, and for no other', () => {
    expect(validators.size).toBeGreaterThan(150);
    expect(jsonSchemaOf('payments.payment.unheard_of')).toBeUndefined();
    expect(sentTypes.filter((type) => topicOfType(type) === undefined)).toEqual([]);
  });

  it('fit every event that a fixture of a provider gives', () => {
    const misfits = events.flatMap(({ topic, record }) => {
      const validate = validators.get(record.metadata.type);
      // As a receiver reads it.
      const read: unknown = JSON.parse(formats.standard(renderMessage(topic, record)).body.toString('utf8'));
      return validate?.(read) === true ? [] : [`${record.metadata.type}: ${ajv.errorsText(validate?.errors)}`];
    });

    expect(events.length).toBeGreaterThan(300);
    expect(misfits).toEqual([]);
  });

  it.each([
    ['a number as text', { data: { amount: '1099' } }],
    ['another type', { type: 'payments.payment.failed' }],
    ['no origin', { trunkline: undefined }],
  ])('refuse %s', (_, changes) => {
    const { topic, record } = paid();
    const changed = JSON.parse(JSON.stringify({ ...renderMessage(topic, record), ...changes })) as WebhookMessage;

    expect(validators.get(record.metadata.type)?.(changed)).toBe(false);
  });
});

describe('a message', () => {
  it('says what the event states and nothing else', () => {
    const unsaid = events.flatMap(({ topic, record }) => {
      const { data } = renderMessage(topic, record);
      const stated = [...record.metadata.statedFields].toSorted();
      return JSON.stringify(Object.keys(data).toSorted()) === JSON.stringify(stated) ? [] : [record.metadata.eventId];
    });

    expect(unsaid).toEqual([]);
  });

  it('writes instants as RFC 3339, and names the property that a value is of', () => {
    const changed =
      events.find(({ record }) => 'propertyName' in record && record.propertyName !== null) ?? noFixture();

    expect(renderMessage(paid().topic, paid().record)).toMatchObject({
      timestamp: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$/),
      data: { createdAt: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$/) },
    });
    expect(renderMessage(changed.topic, changed.record).trunkline.about).toHaveProperty('propertyName');
  });

  it('that has no canonical form carries all that the provider sent, its body as base64', () => {
    const { metadata } = (events[0] ?? noFixture()).record;
    const record: RecordOf<'integration.event.v1'> = {
      metadata: {
        ...metadata,
        type: 'integration.event.received',
        statedFields: [],
      },
      originalType: 'charge.dispute.created',
      contentType: 'application/json',
      body: Buffer.from([0xff, 0x00, 0x7b]),
      itemIndex: null,
      method: 'POST',
      query: null,
      headers: [{ name: 'stripe-signature', value: null }],
    };

    expect(renderMessage('integration.event.v1', record).data).toEqual({
      originalType: 'charge.dispute.created',
      contentType: 'application/json',
      body: '/wB7',
      itemIndex: null,
      method: 'POST',
      query: null,
      headers: [{ name: 'stripe-signature', value: null }],
    });
  });
});

/** The programs of the page, each with a call that ends with 0 where the request is genuine. */
const programs = [
  {
    language: 'ts',
    file: 'verify.ts',
    command: process.execPath,
    call: `
import { readFileSync } from 'node:fs';
const given = JSON.parse(readFileSync(0, 'utf8'));
process.exit(verify(given.secret, given.headers, Buffer.from(given.body)) ? 0 : 3);
`,
  },
  {
    language: 'python',
    file: 'verify.py',
    command: 'python3',
    call: `
import json, sys
given = json.load(sys.stdin)
sys.exit(0 if verify(given["secret"], given["headers"], given["body"].encode()) else 3)
`,
  },
] as const;

describe.each(programs)(
  'the program of docs/how-to/receive-webhooks.md in $language',
  ({ language, file, command, call }) => {
    it('verifies with the old and the new secret of a rotation, and refuses another body', async (context) => {
      if (spawnSync(command, ['--version']).status !== 0) context.skip(`cannot run here: ${command} is not installed`);
      const page = await readFile(join(import.meta.dirname, '../../docs/how-to/receive-webhooks.md'), 'utf8');
      const [, program = ''] = new RegExp('```' + `${language}\\n(.*?)` + '```', 's').exec(page) ?? [];
      const directory = await mkdtemp(join(tmpdir(), 'trunkline-verify-'));
      await writeFile(join(directory, file), `${program}${call}`);
      const [old, next] = [newSigningSecret('hmac'), newSigningSecret('hmac')];
      const body = '{"type":"payments.payment.succeeded","data":{"payerEmail":"zoë@example.com"}}';
      const message = { id: 'evt_1', atMs: Date.now(), body: Buffer.from(body) };
      const headers = signMessage(message, [next, old].map(readSigningKey));
      const run = (secret: string, sent: string): number | null =>
        spawnSync(command, [join(directory, file)], {
          input: JSON.stringify({ secret, headers, body: sent }),
          timeout: 8_000,
        }).status;

      const ends = [run(old, body), run(next, body), run(newSigningSecret('hmac'), body), run(next, `${body} `)];
      await rm(directory, { recursive: true });

      expect(ends).toEqual([0, 0, 3, 3]);
    });
  },
);

describe.each(signingKinds)('a message that is signed with %s', (kind) => {
  it('is verified by the provider standard_webhooks of another installation, and refused when a byte differs', () => {
    const secret = newSigningSecret(kind);
    const provider = providerNamed('standard_webhooks');
    const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30);
    const body = Buffer.from('{"type":"payments.payment.succeeded"}');
    const headers = signMessage({ id: 'evt_1', atMs: nowMs, body }, [
      readSigningKey(newSigningSecret('hmac')),
      readSigningKey(secret),
    ]);
    const settings = {
      sourceId: 'src_trunkline',
      tenantId: 'tnt_other',
      options: {},
      secrets: [new Secret(verifyingKeyOf(secret))],
    };
    const request = { method: 'POST', target: '/', publicUrl: 'https://h.example/', headers: Object.entries(headers) };

    const verdicts = [body, Buffer.from('{}')].map((bytes) =>
      provider?.verify({ ...request, body: bytes }, settings, nowMs),
    );

    expect(verdicts).toMatchObject([{ accepted: true }, { accepted: false, step: 'signature_mismatch' }]);
  });
});
