import { createPump, createTopicAdmin } from '@trunkline/kafka';
import { sealedPayment } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { deadLetterOf, openTestInstallation, recordOf, type TestInstallation } from './testing/test-installation.ts';

const startLimitMs = 120_000;
const topic = 'payments.payment.v1';

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation(inject('stack'));
}, startLimitMs);
afterAll(() => installation.close(), startLimitMs);

const payments = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => sealedPayment(`pi_${name}_${n}`, Date.now()));

/** The group passes everything that is there, and does nothing. */
async function pass(): Promise<void> {
  const pump = createPump(installation.connection, {
    groupId: 'payments',
    topics: [topic],
    process: () => Promise.resolve(),
    maxBytesInFlight: 1024 * 1024,
    maxBatchRecords: 500,
    sessionTimeoutMs: 10_000,
    lanes: 1,
    onFatal: (error) => {
      throw error;
    },
  });
  await pump.start();
  const admin = createTopicAdmin(installation.connection);
  const lags = async (): Promise<readonly bigint[]> =>
    (await admin.groupLag('payments', [topic])).flatMap(({ committed, high }) =>
      committed === high || high === 0n ? [] : [high],
    );
  await expect.poll(lags, { timeout: 60_000 }).toEqual([]);
  await admin.close();
  await pump.stop({ deadlineMs: 5_000 });
}

const account = () => installation.trunkline('account', 'payments', '--since', '1h', '--json');

describe('account', () => {
  it('finds everything while it waits, and the one record that was passed and has nothing', async () => {
    const events = payments('some', 12);
    await installation.publish(...events.map((event) => recordOf(installation.codec, event)));

    const waiting = json(await account());
    await pass();
    const [dead, lost, ...done] = events;
    if (dead === undefined || lost === undefined) throw new Error('the test has too few events');
    await installation.publish(deadLetterOf(installation.codec, dead));
    for (const [n, event] of done.entries())
      await installation.markDone(event, { topic, partition: 0, offset: String(n) });
    const passed = await account();

    expect(waiting.accounts).toMatchObject([{ promised: 12, waiting: 12, unaccounted: [] }]);
    expect(passed.exitCode).toBe(exitCodes.refused.code);
    expect(json(passed)).toMatchObject({
      missing: 1,
      accounts: [
        {
          promised: 12,
          applied: 10,
          dead: 1,
          waiting: 0,
          unaccounted: [{ recordId: lost.eventId, tenantId: 'tnt_test' }],
        },
      ],
    });
  });
});
