import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEventCodec, encodeRequest, headerName, sealRequest } from '@trunkline/events';
import { createPublisher, createSchemaRegistry } from '@trunkline/kafka';
import { afterAll, beforeAll, describe, expect, inject, it, type TestContext } from 'vitest';

import { recordsOn } from './facts.ts';
import { pythonWith } from './python.ts';
import { paymentId } from './stripe.ts';
import { heldValue, parkedPlaces, runSubscriber, type SubscriberRun } from './subscriber.ts';
import { type E2eWorld, root, startWorld } from './world.ts';

const topic = 'payments.payment.v1';
const programs = join(root, 'docs/how-to/subscribe');
/** The first run on a machine installs the packages. */
const withInstallMs = 420_000;

const paid = { fixture: 'payment_intent.succeeded', payment: 'sub1' } as const;
/** Of the same payment and older, but later on the topic. */
const late = { fixture: 'payment_intent.processing', payment: 'sub1' } as const;
const other = { fixture: 'payment_intent.payment_failed', payment: 'sub2' } as const;

let world: E2eWorld;
let folder: string;
let ids: readonly string[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-subscribers-'));
  world = await startWorld(inject('stack'), { services: ['payments'] });
  const answers = [];
  for (const event of [paid, paid, late, other]) answers.push(await world.deliver(event));
  ids = answers.map(({ eventIds }) => eventIds[0] ?? 'none');
});
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

type Command = SubscriberRun['command'];

const clients: readonly { readonly name: string; readonly commandOf: (context: TestContext) => Promise<Command> }[] = [
  { name: 'Node', commandOf: () => Promise.resolve([process.execPath, join(programs, 'subscriber.mjs')]) },
  { name: 'Python', commandOf: async (context) => [await pythonOf(context), join(programs, 'subscriber.py')] },
];

describe.each(clients)('the subscriber in $name', ({ name, commandOf }) => {
  it(
    'prints typed records, each event once, however often it is on the topic or read, and knows new from stale',
    async (context) => {
      const command = await commandOf(context);
      const group = `acme.${name.toLowerCase()}`;
      const stateFile = join(folder, `${name}.db`);
      const onTopic = await recordsOn(world, 'payments.payment.v1');

      const { lines } = await runSubscriber(world, { command, group, stateFile });
      const again = await runSubscriber(world, { command, group: `${group}.again`, stateFile });

      expect(onTopic.map(({ headers }) => String(headers[headerName.id])).toSorted()).toEqual(ids.toSorted());
      expect(ids[0]).toBe(ids[1]);
      expect(lines).toHaveLength(3);
      expect(lines).toEqual(
        expect.arrayContaining([
          payment({ ceId: ids[0], ...paid, status: 'succeeded', outcome: 'applied' }),
          payment({ ceId: ids[2], ...late, status: 'processing', outcome: 'stale' }),
          payment({ ceId: ids[3], ...other, status: 'failed', outcome: 'applied' }),
        ]),
      );
      expect(again.lines).toEqual([]);
      expect(heldValue(stateFile, paymentId(paid.payment), 'status')).toBe('succeeded');
      expect(heldValue(stateFile, paymentId(paid.payment), 'amount')).toBe(4_990);
    },
    withInstallMs,
  );
});

describe('a record that nobody can read', () => {
  it.for(clients)(
    'is named and parked by the subscriber in $name, which goes on behind it',
    { timeout: withInstallMs },
    async ({ name, commandOf }, context) => {
      const command = await commandOf(context);
      const stateFile = join(folder, `${name}.parked.db`);
      const before = await recordsOn(world, topic);
      await publishPoison(context.task.id);
      const behind = await world.deliver({ fixture: 'payment_intent.succeeded', payment: `behind${name}` });
      const poison = (await recordsOn(world, topic)).filter(
        (record) => !before.some(({ partition, offset }) => partition === record.partition && offset === record.offset),
      );

      const { lines, remarks } = await runSubscriber(world, { command, group: `acme.parked.${name}`, stateFile });

      expect(lines).toContainEqual(expect.objectContaining({ ceId: behind.eventIds[0], outcome: 'applied' }));
      const unreadable = poison.filter(
        ({ headers }) => headers[headerName.id] === undefined || headers['x-poison'] !== undefined,
      );
      expect(unreadable).toHaveLength(4);
      for (const { partition, offset } of unreadable) {
        expect(remarks).toContain(`cannot read ${world.kafka.onWire(topic)}/${partition}/${offset}: `);
        expect(parkedPlaces(stateFile)).toContainEqual(expect.objectContaining({ partition, offset: Number(offset) }));
      }
    },
  );
});

describe('the subscriber of requests in Python', () => {
  it(
    'reads who asks for what because of which event, each request once, and sees what comes too late',
    async (context) => {
      const python = await pythonOf(context);
      const nowMs = Date.now();
      const [inTime, late] = await publishRequests([nowMs + 3_600_000, nowMs - 1_000]);
      const command: Command = [python, join(programs, 'requests.py')];
      const stateFile = join(folder, 'requests.db');

      const { lines } = await runSubscriber(world, { command, group: 'acme.requests', stateFile, topic: requestTopic });

      const request = { askedBy: '/tenants/tnt_acme/groups/telephony', key: 'tnt_acme:per_ada', causedBy };
      const said = { ...request, recipient: 'per_ada', template: 'missed_call' };
      expect(lines).toEqual([
        { ...said, ceId: inTime, outcome: 'to_send' },
        { ...said, ceId: late, outcome: 'expired' },
      ]);
    },
    withInstallMs,
  );
});

const requestTopic = 'notifications.request.v1';
const causedBy = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';

/** As the relay of telephony would: one for each end, all of them twice. Gives their ids. */
async function publishRequests(ends: readonly number[]): Promise<readonly string[]> {
  const registry = createSchemaRegistry({
    url: world.installation.endpoints.registryUrl,
    namespace: world.installation.namespace,
    timeoutMs: 5_000,
  });
  const codec = await createEventCodec({ registry, topics: [requestTopic] });
  const context = { tenantId: 'tnt_acme', group: 'telephony', requestedAtMs: 1, installationKey: undefined };
  const sealed = ends.map((notAfter, index) =>
    sealRequest(
      {
        topic: requestTopic,
        type: 'notifications.request.send',
        cause: causedBy,
        causedBy,
        handler: 'missed_call',
        qualifier: String(index),
        payload: { recipientId: 'per_ada', template: 'missed_call', notAfter },
      },
      context,
    ),
  );
  const publisher = await createPublisher(world.kafka);
  const records = sealed.map((request) => encodeRequest(codec, request, {}));
  await publisher.publish([...records, ...records], { deadlineMs: 10_000 });
  await publisher.close({ deadlineMs: 2_000 });
  return sealed.map((request) => request.requestId);
}

/** A tombstone, JSON, bytes that only begin like a record, and one with our headers over another schema's bytes. */
async function publishPoison(key: string): Promise<void> {
  const publisher = await createPublisher(world.kafka);
  const ours = {
    [headerName.id]: `evt_${'9'.repeat(32)}`,
    [headerName.type]: 'x',
    [headerName.subject]: 'y',
    'x-poison': '1',
  };
  const values = [null, Buffer.from('{"json":1}'), Buffer.alloc(0)];
  await publisher.publish(
    [
      ...values.map((value) => ({ topic, key: Buffer.from(key), value, headers: {} })),
      { topic, key: Buffer.from(key), value: Buffer.from([0, 0, 0, 0, 1, 2]), headers: ours },
    ],
    { deadlineMs: 10_000 },
  );
  await publisher.close({ deadlineMs: 2_000 });
}

interface ExpectedPayment {
  readonly ceId: string | undefined;
  readonly fixture: string;
  readonly payment: string;
  readonly status: string;
  readonly outcome: 'applied' | 'stale';
}

function payment({ ceId, payment: name, status, outcome }: ExpectedPayment): unknown {
  return {
    ceId,
    type: `payments.payment.${status}`,
    subject: `payment_intent/${paymentId(name)}`,
    status,
    amount: 4_990,
    currency: 'EUR',
    // Of a client that took the instant for a number, or its seconds for milliseconds, this would be another year.
    occurredAt: expect.stringMatching(/^2026-03-/),
    outcome,
  };
}

/** Where CI is set, nothing excuses that it was not run. */
async function pythonOf(context: TestContext): Promise<string> {
  const python = await pythonWith(join(programs, 'requirements.txt'));
  if ('command' in python) return python.command;
  if (process.env['CI'] !== undefined) throw new Error(`required where CI is set: ${python.missing}`);
  return context.skip(`cannot run here: ${python.missing}`);
}
