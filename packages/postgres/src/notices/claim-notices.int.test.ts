import { eventIdOfUuid } from '@trunkline/core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import type { Database, DatabaseEvent } from '../database.ts';
import {
  createTestDatabase,
  createTestService,
  holdOpen,
  type TestDatabase,
  type TestService,
  waitingForLocks,
} from '../testing/index.ts';
import { claimNotices, type NoticeKey } from './claim-notices.ts';

const { postgresAdminUrl } = inject('stack');
let service: TestService;
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  service = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
  database = test.open();
});
beforeEach(() => test.empty('shop.notice'));
afterAll(async () => {
  await test.drop();
  await service.remove();
});

const claim = (...notices: readonly NoticeKey[]): Promise<readonly NoticeKey[]> =>
  database.transaction(['tnt_a', 'tnt_b'], (tx) => claimNotices(tx, notices));

describe('claiming notices', () => {
  it('returns each subject of a template to the first who asks only', async () => {
    const first = await claim(notice('moved', 'bk_1'), notice('moved', 'bk_2'));
    const second = await claim(notice('moved', 'bk_1'), notice('moved', 'bk_3'), notice('created', 'bk_1'));

    expect(first).toEqual([notice('moved', 'bk_1'), notice('moved', 'bk_2')]);
    expect(second).toEqual([notice('moved', 'bk_3'), notice('created', 'bk_1')]);
  });

  it('returns the first of two alike in one call', async () => {
    const [one, two] = [
      { ...notice('moved', 'bk_1'), half: 'rescheduled' },
      { ...notice('moved', 'bk_1'), half: 'confirmed' },
    ];

    expect(await claim(one, two)).toEqual([one]);
  });

  it('knows subjects of one tenant only', async () => {
    const [ofA, ofB] = [notice('moved', 'bk_1'), { ...notice('moved', 'bk_1'), tenantId: 'tnt_b' }];

    await claim(ofA);

    expect(await claim(ofB)).toEqual([ofB]);
  });

  it('waits for another transaction that claims the same, in whichever order both do, without a deadlock', async () => {
    const events: DatabaseEvent[] = [];
    const both = test.open({ onEvent: (event) => events.push(event) });
    const notices = ['bk_1', 'bk_2', 'bk_3'].map((subject) => notice('moved', subject));
    const held = await holdOpen(database, (tx) => claimNotices(tx, notices.slice(1, 2)));

    const claiming = [notices, notices.toReversed()].map((order) =>
      both.transaction(['tnt_a'], (tx) => claimNotices(tx, order)),
    );
    await expect.poll(() => waitingForLocks(test)).toBe(2);
    await held.release();
    const claims = await Promise.all(claiming);

    expect(claims.reduce((sum, { length }) => sum + length, 0)).toBe(3);
    expect(events).toEqual([]);
  });
});

function notice(template: string, subject: string): NoticeKey {
  return { tenantId: 'tnt_a', template, subject, eventId: eventIdOfUuid('00000000-0000-5000-8000-000000000001') };
}
