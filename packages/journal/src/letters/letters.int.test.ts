import { type Database, decideLetters } from '@trunkline/postgres';
import { createTestService, type TestDatabase, type TestService } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import type { StepRow } from '../rows.ts';
import { createLettersDatabase, deadStep, markApplied, payments } from '../testing/index.ts';
import { createJournalWriter, type JournalWriter } from '../write/writer.ts';
import { type DecidedCauseState, decideCause } from './cause-state.ts';
import type { LetterFilter } from './filter.ts';
import { readLetterSteps } from './history.ts';
import { type Letter, listLetters } from './list.ts';
import { countLetters } from './stats.ts';

let service: TestService;
let test: TestDatabase;
let operator: Database;
let writer: JournalWriter;

beforeAll(async () => {
  service = await createTestService('payments', {});
  test = await createLettersDatabase(inject('stack').postgresAdminUrl, service);
  operator = test.open({ connectionString: test.urlOf('operator'), schema: 'journal' });
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});
beforeEach(async () => {
  await test.empty(
    'journal.position',
    'journal.letter',
    'journal.cause',
    'journal.job',
    'journal.job_letter',
    'payments.inbox',
    'trunkline.dead_letter',
  );
  writer = createJournalWriter(test.open(), Date.now);
});

async function list(
  filter: LetterFilter = {},
  scope: Parameters<typeof listLetters>[1]['scope'] = 'all',
): Promise<readonly Letter[]> {
  return (await listLetters(operator, { group: payments, scope, filter })).letters;
}

const minute = 60_000;
const now = Date.now();

describe('the letters of the journal', () => {
  it('are one for all copies of a record, and the newest copy speaks for it', async () => {
    const first = deadStep({ offset: 3n, diedAtMs: now - 3 * minute });
    const again = deadStep({ ...first, offset: 3n, redrives: 1, code: 'upstream_4xx', redriveId: 'r1' });
    await writer.write([first]);
    await writer.write([{ ...again, place: { ...first.place, partition: 1, offset: 8n, appendedAtMs: now - minute } }]);
    // Read late: it is older than what is known.
    await writer.write([
      { ...first, place: { ...first.place, partition: 2, offset: 1n, appendedAtMs: now - 2 * minute } },
    ]);

    expect(await list()).toMatchObject([
      {
        id: first.letterId,
        recordId: first.recordId,
        state: 'open',
        code: 'upstream_4xx',
        redrives: 1,
        copies: 3,
        partition: 1,
        offset: 8n,
        firstDiedAtMs: now - 3 * minute,
        diedAtMs: now - minute,
      },
    ]);
  });

  it('tell by the inbox, the decisions and the redrive topic what became of them', async () => {
    const letters = [0n, 1n, 2n, 3n, 4n, 5n].map((offset) =>
      deadStep({ offset, diedAtMs: now - Number(6n - offset) * minute }),
    );
    const [applied, stale, discarded, sent, unread, open] = letters as [
      StepRow,
      StepRow,
      StepRow,
      StepRow,
      StepRow,
      StepRow,
    ];
    await writer.write(letters.map((letter) => (letter === unread ? { ...letter, code: 'decode_failed' } : letter)));
    await markApplied(test, applied);
    await markApplied(test, stale, 'stale');
    // That its bytes carry the id of an applied event proves nothing: another record was applied.
    await markApplied(test, { ...unread, original: { ...unread.original, offset: 77n } });
    const decision = { group: 'payments', state: 'discarded', reason: 'a test', actor: 'ada' } as const;
    await decideLetters(operator, { ...decision, letters: [{ id: discarded.letterId, tenant: undefined }] });
    await writer.write([
      { ...sent, kind: 'redrive', place: { ...sent.place, topic: 'payments.redrive', appendedAtMs: now } },
    ]);

    const found = await list();

    expect(found.map(({ state }) => state)).toEqual(['applied', 'stale', 'discarded', 'sent', 'open', 'open']);
    expect(found[2]?.decision).toMatchObject({ reason: 'a test', actor: 'ada' });
    expect((await list({ states: ['open'] })).map(({ id }) => id)).toEqual([unread.letterId, open.letterId]);
  });

  it('have a cause of which people note that it is muted or fixed, and that is back when letters die of it again', async () => {
    await writer.write([deadStep({ offset: 0n, diedAtMs: now - minute })]);
    const bucket = async () => (await countLetters(operator, { group: payments, scope: 'all' })).buckets[0];
    const cause = (await bucket())?.cause ?? 'cau_';
    const decide = (state: DecidedCauseState) =>
      decideCause(operator, { group: 'payments', cause, state, reason: 'deployed', actor: 'ada' });

    const before = (await bucket())?.state;
    await decide('muted');
    const muted = (await bucket())?.state;
    await decide('fixed');
    const fixed = await bucket();
    await writer.write([deadStep({ offset: 1n, diedAtMs: Date.now() + minute })]);

    expect([before, muted, fixed?.state, (await bucket())?.state]).toEqual(['open', 'muted', 'fixed', 'back']);
    expect(fixed?.decision).toEqual({ reason: 'deployed', actor: 'ada' });
  });

  it('are found by everything that is known of them', async () => {
    const one = deadStep({
      offset: 1n,
      diedAtMs: now - 2 * minute,
      type: 'payments.refund.failed',
      source: 'src_paypal',
    });
    const two = deadStep({
      offset: 2n,
      code: 'upstream_4xx',
      message: 'The bank said NO',
      redrives: 2,
      recordKey: 'tnt_b:x',
      tenantId: 'tnt_b',
    });
    await writer.write([one, two]);
    const [first, second] = await list();
    const found = async (filter: LetterFilter): Promise<string> =>
      (await list(filter)).map(({ id }) => (id === one.letterId ? 'one' : 'two')).join(' ');

    expect(await found({ type: 'payments.refund.failed' })).toBe('one');
    expect(await found({ source: 'src_stripe' })).toBe('two');
    expect(await found({ tenant: 'tnt_b' })).toBe('two');
    expect(await found({ key: 'tnt_acme:stripe:' })).toBe('one');
    expect(await found({ code: 'upstream_4xx' })).toBe('two');
    expect(await found({ class: 'TrunklineError' })).toBe('one two');
    expect(await found({ cause: first?.cause })).toBe('one');
    expect(await found({ cause: second?.cause })).toBe('two');
    expect(await found({ message: 'bank no' })).toBe('two');
    expect(await found({ fromMs: now - minute })).toBe('two');
    expect(await found({ untilMs: now - minute })).toBe('one');
    expect(await found({ minRedrives: 1 })).toBe('two');
    expect(await found({ names: [{ kind: 'letter', id: one.letterId }] })).toBe('one');
    expect(await found({ names: [{ kind: 'record', id: two.recordId ?? '' }] })).toBe('two');
    expect(await found({ names: [{ kind: 'record', id: (two.recordId ?? '').replace('evt', 'req') }] })).toBe('');
    expect(await found({ names: [{ kind: 'copy', partition: 0, offset: '2' }] })).toBe('two');
    const place = { topic: 'payments.payment.v1', partition: 1, offset: '1' };
    expect(
      await found({
        names: [
          { kind: 'original', ...place },
          { kind: 'copy', partition: 0, offset: '2' },
        ],
      }),
    ).toBe('one two');
    expect(await found({ names: [] })).toBe('');
    expect(await found({ tenant: 'tnt_b', code: 'handler_failed' })).toBe('');
  });

  it('come page by page, each once', async () => {
    await writer.write(
      Array.from({ length: 7 }, (_, index) => deadStep({ offset: BigInt(index), diedAtMs: now - 1_000 })),
    );
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await listLetters(operator, { group: payments, scope: 'all', filter: {}, limit: 3, after });
      seen.push(...page.letters.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);

    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
    await expect(listLetters(operator, { group: payments, scope: 'all', filter: {}, after: 'x' })).rejects.toThrow(
      /no place in a list/,
    );
  });

  it.each<[string, LetterFilter, number]>([
    ['a page of no rows', {}, 0],
    ['a page of fewer', {}, -5],
    ['more than a page has', {}, 1_001],
    ['what no text holds', { key: '\0' }, 10],
    ['more words than a search takes', { message: 'a '.repeat(21) }, 10],
  ])('are not asked for by %s', async (_what, filter, limit) => {
    const asked = listLetters(operator, { group: payments, scope: 'all', filter, limit });

    await expect(asked).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('are found however long ago is asked for, and by words that are no patterns', async () => {
    await writer.write([deadStep({ offset: 1n, message: '100% of_it \\ 😀 \u202eright to left' })]);

    for (const message of ['%', '_', '\\', '😀', '\u202eright', '100% LEFT'])
      expect(await list({ message })).toHaveLength(1);
    for (const message of ['100_', '.*', '(a+)+$', "'", 'x'.repeat(10_000)])
      expect(await list({ message })).toEqual([]);
    expect(await list({ fromMs: -8.64e16 })).toHaveLength(1);
    expect(await list({ untilMs: 8.64e16 })).toHaveLength(1);
  });

  it('are counted by what they failed of', async () => {
    const slow = { code: 'upstream_5xx', exceptionClass: 'Error', message: 'slow' } as const;
    await writer.write([
      deadStep({ offset: 0n, diedAtMs: now - 5 * minute, tenantId: 'tnt_a', ...slow }),
      deadStep({ offset: 1n, diedAtMs: now - 4 * minute, tenantId: 'tnt_b', ...slow }),
      deadStep({ offset: 2n, diedAtMs: now - 3 * minute, tenantId: 'tnt_b', ...slow }),
      deadStep({ offset: 3n, diedAtMs: now - 2 * minute }),
    ]);
    await markApplied(test, deadStep({ offset: 2n, tenantId: 'tnt_b' }));

    const { buckets, complete } = await countLetters(operator, { group: payments, scope: 'all' });

    expect(complete).toBe(true);
    expect(buckets).toMatchObject([
      {
        topic: 'payments.payment.v1',
        code: 'upstream_5xx',
        class: 'Error',
        open: 2,
        underWay: 0,
        total: 3,
        tenants: 2,
        firstDiedAtMs: now - 5 * minute,
        lastDiedAtMs: now - 3 * minute,
        sample: deadStep({ offset: 1n }).letterId,
        sampleMessage: 'slow',
      },
      { code: 'handler_failed', open: 1, total: 1, tenants: 1 },
    ]);
  });

  it('are shown to a tenant where they are its own, and to nobody where no tenant is known', async () => {
    const own = deadStep({ offset: 100n, tenantId: 'tnt_a' });
    const other = deadStep({ offset: 101n, tenantId: 'tnt_b' });
    await writer.write([own, other, deadStep({ offset: 102n, tenantId: '-' })]);
    const scope = ['tnt_a'];

    expect((await list({}, scope)).map(({ tenant }) => tenant)).toEqual(['tnt_a']);
    expect((await list({ tenant: 'tnt_b' }, scope)).length).toBe(0);
    expect((await countLetters(operator, { group: payments, scope })).buckets).toMatchObject([
      { total: 1, tenants: 1 },
    ]);
    expect(await readLetterSteps(operator, { scope, id: own.letterId })).toHaveLength(1);
    expect(await readLetterSteps(operator, { scope, id: other.letterId })).toHaveLength(0);
    expect(new Set((await list()).map(({ tenant }) => tenant))).toEqual(new Set(['tnt_a', 'tnt_b', undefined]));
  });
});
