import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { listAudit } from '../audit/list-audit.ts';
import type { Database } from '../database.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from '../testing/index.ts';
import { decideLetters, type NewDecision, readLetterDecisions } from './letters.ts';

const { postgresAdminUrl } = inject('stack');

let shop: TestService;
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  shop = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [shop] });
  database = test.open({ connectionString: test.urlOf('operator') });
});
afterAll(async () => {
  await test.drop();
  await shop.remove();
});

const letter = (digit: string) => ({ id: `ltr_${digit.repeat(32)}`, tenant: 'tnt_a' });
const decide = (letters: NewDecision['letters'], state: NewDecision['state'], reason = 'not ours') =>
  decideLetters(database, { group: 'payments', state, reason, actor: 'alex', letters });
const auditOf = async (id: string) => {
  const rows = await database.transaction([], (tx) => listAudit(tx, { limit: 1_000 }));
  return rows
    .toReversed()
    .filter(({ target }) => target === id)
    .map(({ actor, tenant, action, note }) => [actor, tenant, action, note]);
};

describe('dead letters', () => {
  it('are put aside with a reason and opened again, each time with an entry in the audit', async () => {
    const { id } = letter('a');

    expect(await decide([letter('a')], 'discarded')).toEqual([id]);
    const discarded = await readLetterDecisions(database, [id, letter('b').id]);
    expect(await decide([letter('a')], 'open', 'it was ours')).toEqual([id]);
    const opened = await readLetterDecisions(database, [id]);

    expect([...discarded]).toEqual([
      [id, { state: 'discarded', reason: 'not ours', actor: 'alex', decidedAtMs: expect.any(Number) }],
    ]);
    expect(opened.get(id)).toMatchObject({ state: 'open', reason: 'it was ours' });
    expect(await auditOf(id)).toEqual([
      ['alex', 'tnt_a', 'dlq discard', 'not ours'],
      ['alex', 'tnt_a', 'dlq reopen', 'it was ours'],
    ]);
  });

  it('that are so already are left alone and audited once', async () => {
    await decide([letter('c')], 'discarded');

    expect(await decide([letter('c')], 'discarded', 'again')).toEqual([]);
    expect(await decide([letter('d')], 'open')).toEqual([]);

    expect(await auditOf(letter('c').id)).toHaveLength(1);
    expect(await auditOf(letter('d').id)).toEqual([]);
  });

  it('are decided in portions, however many they are', async () => {
    const many = Array.from({ length: 2_001 }, (_, index) => ({
      id: `ltr_${index.toString(16).padStart(32, '0')}`,
      tenant: undefined,
    }));

    expect(await decide(many, 'discarded')).toHaveLength(many.length);
    expect(
      await readLetterDecisions(
        database,
        many.map(({ id }) => id),
      ),
    ).toHaveProperty('size', many.length);
  });
});
