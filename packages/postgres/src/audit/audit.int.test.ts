import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import type { Database } from '../database.ts';
import { migrate } from '../migrate.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from '../testing/index.ts';
import { appendAudit, appendAuditOfEach, type AuditEntry } from './audit.ts';
import { type AuditPortion, checkAudit, emptyAudit, hasAuditHead } from './check-audit.ts';
import { type AuditFilter, type AuditRow, listAudit } from './list-audit.ts';

const { postgresAdminUrl } = inject('stack');

let shop: TestService;
let test: TestDatabase;
let database: Database;

beforeEach(async () => {
  shop = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [shop] });
  database = test.open({ connectionString: test.urlOf('operator') });
});
afterEach(async () => {
  await test.drop();
  await shop.remove();
});

const entry = (target: string): AuditEntry => ({
  actor: 'alex',
  tenant: 'tnt_a',
  action: 'dlq discard',
  target,
  note: 'not ours',
  detail: { copies: 2 },
});
const append = (target: string): Promise<number> => database.transaction([], (tx) => appendAudit(tx, entry(target)));
const list = (filter: Partial<AuditFilter>): Promise<readonly AuditRow[]> =>
  database.transaction([], (tx) => listAudit(tx, { limit: 100, ...filter }));
/** Oldest first. */
const read = async () => (await list({})).toReversed();
const check = (after = emptyAudit, limit = 100): Promise<AuditPortion> =>
  database.transaction([], (tx) => checkAudit(tx, { after, limit }));
const broken = async () => (await check()).brokenAt;
/** As whoever owns the database could. */
const tamper = (sql: string) =>
  test.admin(`ALTER TABLE trunkline.audit DISABLE TRIGGER ALL; ${sql}; ALTER TABLE trunkline.audit ENABLE TRIGGER ALL`);

describe('the audit', () => {
  it('numbers entries from 1 and seals each over the one before', async () => {
    await append('ltr_1');
    await append('ltr_2');

    const [first, second] = await read();

    expect(first).toMatchObject({ seq: 1, ...entry('ltr_1'), prev: '' });
    expect(second).toMatchObject({ seq: 2, ...entry('ltr_2'), prev: first?.hash });
    expect(await broken()).toBeUndefined();
  });

  it('has an entry for each of many things that one act was about, sealed like any other', async () => {
    const { tenant, target: _none, ...act } = { ...entry(''), tenant: 'tnt_a' };
    const targets = Array.from({ length: 50 }, (_, index) => `ltr_${index}`);
    await append('before');

    await database.transaction([], (tx) =>
      appendAuditOfEach(tx, act, [{ target: 'ours' }, ...targets.map((target) => ({ target, tenant }))]),
    );
    await append('behind');

    const rows = await read();
    expect(rows.map(({ target }) => target)).toEqual(['before', 'ours', ...targets, 'behind']);
    expect(rows.slice(1, 3)).toMatchObject([
      { ...act, tenant: null },
      { ...act, tenant: 'tnt_a' },
    ]);
    expect(await broken()).toBeUndefined();
  });

  it('keeps an entry exactly when the transaction that it tells of commits', async () => {
    const rolledBack = database.transaction([], async (tx) => {
      await appendAudit(tx, entry('ltr_1'));
      throw new Error('no');
    });

    await expect(rolledBack).rejects.toThrow('no');
    expect(await append('ltr_2')).toBe(1);
  });

  it('stays one chain when several write at once', async () => {
    const numbers = await Promise.all(Array.from({ length: 12 }, (_, i) => append(`ltr_${i}`)));

    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(await broken()).toBeUndefined();
  });

  it('is its own word on number, time and seal, whatever the writer says', async () => {
    await database.transaction([], (tx) =>
      tx.query(`INSERT INTO trunkline.audit VALUES (7, '2001-01-01', 'alex', NULL, 'a', 't', '', '{}', 'x', 'y')`),
    );

    const [row] = await read();

    expect(row).toMatchObject({ seq: 1, prev: '' });
    expect(row?.at.getUTCFullYear()).toBeGreaterThan(2001);
    expect(await broken()).toBeUndefined();
  });

  it.each([
    ['UPDATE', `UPDATE trunkline.audit SET note = ''`],
    ['DELETE', 'DELETE FROM trunkline.audit'],
    ['TRUNCATE', 'TRUNCATE trunkline.audit'],
  ])('refuses %s, to the administrator too', async (_, sql) => {
    await append('ltr_1');

    await expect(database.transaction([], (tx) => tx.query(sql))).rejects.toMatchObject({ cause: { code: '42501' } });
    await expect(test.admin(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['changed', `UPDATE trunkline.audit SET note = 'ours' WHERE seq = 2`, 2],
    ['taken out', 'DELETE FROM trunkline.audit WHERE seq = 2', 3],
    ['taken out at the start', 'DELETE FROM trunkline.audit WHERE seq = 1', 2],
    [
      'sealed anew by itself',
      `UPDATE trunkline.audit a SET actor = 'sam' WHERE seq = 2; UPDATE trunkline.audit a SET hash = trunkline.audit_hash(a) WHERE seq = 2`,
      3,
    ],
  ])('tells which entry was %s', async (_, sql, seq) => {
    for (const target of ['ltr_1', 'ltr_2', 'ltr_3']) await append(target);

    await tamper(sql);

    expect(await broken()).toBe(seq);
  });

  it('is checked in portions, each over the head of the one before', async () => {
    for (const target of ['ltr_1', 'ltr_2', 'ltr_3']) await append(target);
    const first = await check(emptyAudit, 2);

    expect(first).toMatchObject({ entries: 2, head: { seq: 2 } });
    expect(await check(first.head, 2)).toMatchObject({ entries: 1, head: { seq: 3 } });
    expect(await check({ seq: 2, hash: 'another' }, 2)).toMatchObject({ brokenAt: 3 });

    await tamper('DELETE FROM trunkline.audit WHERE seq = 1');
    expect(await check(emptyAudit, 1)).toMatchObject({ entries: 1, brokenAt: 2 });
  });

  it('misses a head that was cut off at the end, or sealed anew', async () => {
    for (const target of ['ltr_1', 'ltr_2']) await append(target);
    const { head } = await check();
    const has = () => database.transaction([], (tx) => hasAuditHead(tx, head));

    expect(await has()).toBe(true);
    await tamper('DELETE FROM trunkline.audit WHERE seq = 2');
    expect(await has()).toBe(false);
    await append('ltr_3');
    expect([await broken(), await has()]).toEqual([undefined, false]);
  });

  it('is listed newest first, by tenant, actor, target, time and page', async () => {
    await append('ltr_1');
    await database.transaction([], (tx) =>
      appendAudit(tx, { actor: 'sam', action: 'replay', target: 'rpl_1', note: '', detail: {} }),
    );
    await append('ltr_2');
    const targets = async (filter: Partial<AuditFilter>) => (await list(filter)).map(({ target }) => target);

    expect(await targets({})).toEqual(['ltr_2', 'rpl_1', 'ltr_1']);
    expect(await targets({ limit: 2 })).toEqual(['ltr_2', 'rpl_1']);
    expect(await targets({ before: 2 })).toEqual(['ltr_1']);
    expect(await targets({ tenant: 'tnt_a' })).toEqual(['ltr_2', 'ltr_1']);
    expect(await targets({ actor: 'sam' })).toEqual(['rpl_1']);
    expect(await targets({ target: 'ltr_1' })).toEqual(['ltr_1']);
    const [newest] = await list({});
    expect(await targets({ sinceMs: newest?.at.getTime() ?? 0 })).toContain('ltr_2');
    expect(await targets({ sinceMs: (newest?.at.getTime() ?? 0) + 1 })).toEqual([]);
  });

  it('does not take one part for another', async () => {
    await append('ltr_1');

    await tamper(`UPDATE trunkline.audit SET action = 'dlq', target = 'discardltr_1'`);

    expect(await broken()).toBe(1);
  });

  it('is written by the operator alone', async () => {
    const service = test.open();

    const answers = await Promise.allSettled([
      service.transaction([], (tx) => appendAudit(tx, entry('ltr_1'))),
      service.transaction([], (tx) => listAudit(tx, { limit: 1 })),
    ]);

    expect(answers).toMatchObject([{ reason: { cause: { code: '42501' } } }, { reason: { cause: { code: '42501' } } }]);
  });

  it('outlives a migration', async () => {
    await append('ltr_1');

    await migrate({ adminUrl: postgresAdminUrl, database: test.name, services: [shop] });

    expect(await append('ltr_2')).toBe(2);
  });
});
