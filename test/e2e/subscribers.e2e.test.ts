import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { headerName } from '@trunkline/events';
import { afterAll, beforeAll, describe, expect, inject, it, type TestContext } from 'vitest';

import { recordsOn } from './facts.ts';
import { pythonWith } from './python.ts';
import { paymentId } from './stripe.ts';
import { heldValue, runSubscriber, type SubscriberRun } from './subscriber.ts';
import { type E2eWorld, root, startWorld } from './world.ts';

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
  world = await startWorld(inject('stack'));
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

      const lines = await runSubscriber(world, { command, group, stateFile });
      const linesWithoutOffsets = await runSubscriber(world, { command, group: `${group}.again`, stateFile });

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
      expect(linesWithoutOffsets).toEqual([]);
      expect(heldValue(stateFile, paymentId(paid.payment), 'status')).toBe('succeeded');
      expect(heldValue(stateFile, paymentId(paid.payment), 'amount')).toBe(4_990);
    },
    withInstallMs,
  );
});

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
