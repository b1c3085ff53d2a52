import { fileURLToPath } from 'node:url';

import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';
import { createWorkspace, type TestWorkspace } from './testing/workspace.ts';

const directory = fileURLToPath(new URL('../../../services/payments/migrations/', import.meta.url));
const sources = `version: 1
tenants:
  - { id: tnt_a, name: A }
  - { id: tnt_b, name: B }
sources: []
`;

let database: TestDatabase;
let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = createWorkspace(sources);
  const services = [{ schema: 'payments', directory }];
  database = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services });
});
afterEach(() => database.empty('payments.ledger_object', 'payments.ledger_fact', 'payments.posting'));
afterAll(async () => {
  workspace.remove();
  await database.drop();
});

const trunkline = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(words, {
    directory: workspace.directory,
    environment: { TRUNKLINE_DATABASE_URL: database.urlOf('operator') },
  });

interface Row {
  readonly tenant?: string;
  readonly object?: string;
  readonly amount?: number;
  readonly at?: string;
  readonly contradicted?: boolean;
}

/** A payment that was received, as the service would write it down; what it posts can be left out or be wrong. */
async function received(row: Row, posted: number | null = row.amount ?? 500): Promise<void> {
  const { tenant = 'tnt_a', object = 'pi_1', amount = 500, at = '2025-01-31T00:00:00Z', contradicted = false } = row;
  const key = `'${tenant}', 'stripe', 'acct_1.live', 'payment_intent', '${object}'`;
  const event = `'47fca7c8-db0b-51af-89a6-3cf6e0ed9357'`;
  await database.admin(`INSERT INTO payments.ledger_object VALUES (${key}, ${contradicted});
    INSERT INTO payments.ledger_fact VALUES (${key}, 'payment.succeeded', ${amount}, 'EUR', '${at}', '01', ${event})`);
  if (posted === null) return;
  await database.admin(
    `INSERT INTO payments.posting VALUES (${key}, 'received', 'balance', 'received', ${posted}, 'EUR', '${at}', ${event})`,
  );
}

describe('ledger balance', () => {
  it('shows what each account of every tenant holds, in minor units', async () => {
    await received({ amount: 500 });
    await received({ tenant: 'tnt_b', amount: 900 });

    const all = await trunkline('ledger', 'balance', '--json');
    const text = await trunkline('ledger', 'balance', '--tenant', 'tnt_b');

    expect(json(all).balances).toEqual([
      expect.objectContaining({ tenant: 'tnt_a', currency: 'EUR', amounts: { balance: '500', received: '-500' } }),
      expect.objectContaining({ tenant: 'tnt_b', currency: 'EUR', amounts: { balance: '900', received: '-900' } }),
    ]);
    expect(text.stdout).toMatch(/tnt_b +stripe +acct_1\.live +EUR +900 +-900/);
    expect(text.stdout).not.toContain('tnt_a');
  });

  it('as of a time knows only what had happened until then', async () => {
    await received({ amount: 500, at: '2025-01-01T00:00:00Z' });
    await received({ object: 'pi_2', amount: 70, at: '2025-02-01T00:00:00Z' });

    const { balances } = json(await trunkline('ledger', 'balance', '--as-of', '2025-01-15T00:00:00Z', '--json'));
    const before = await trunkline('ledger', 'balance', '--as-of', '2024-01-01T00:00:00Z');

    expect(balances).toEqual([expect.objectContaining({ amounts: { balance: '500', received: '-500' } })]);
    expect(before.stdout).toContain('nothing is posted until 2024-01-01');
  });

  it('of another account shows nothing', async () => {
    await received({});

    expect(json(await trunkline('ledger', 'balance', '--account', 'acct_2.live', '--json')).balances).toEqual([]);
  });

  it('refuses a tenant that the sources file does not have', async () => {
    expect((await trunkline('ledger', 'balance', '--tenant', 'tnt_x')).exitCode).toBe(exitCodes.not_found.code);
  });
});

describe('ledger check', () => {
  it('is content with postings that follow from their facts', async () => {
    await received({});

    const check = await trunkline('ledger', 'check');

    expect(check).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 objects: what is posted is what') });
  });

  it('names facts without postings and sums that are not what the facts come to, and adds them up per currency', async () => {
    await received({ object: 'pi_1', amount: 500 }, null);
    await received({ object: 'pi_2', amount: 500 }, 300);
    await received({ object: 'pi_3', amount: 500 });

    const check = await trunkline('ledger', 'check', '--json');
    const text = await trunkline('ledger', 'check', 'acct_1.live', '--limit', '1');

    expect(check.exitCode).toBe(exitCodes.refused.code);
    expect(json(check)).toMatchObject({
      objects: 3,
      differenceCount: 2,
      differences: [
        { objectId: 'pi_1', posting: 'received', due: '500', posted: null },
        { objectId: 'pi_2', posting: 'received', due: '500', posted: '300' },
      ],
      totals: [{ currency: 'EUR', objects: 2, due: '1000', posted: '300' }],
    });
    expect(text.stdout).toContain('the first 1 are shown');
    expect(text.stdout).toMatch(/payment_intent\/pi_1 +received +EUR +500 +nothing/);
  });

  it('names objects that were told with different amounts', async () => {
    await received({ contradicted: true });
    await received({ object: 'pi_2' });

    const check = await trunkline('ledger', 'check', '--json');

    expect(check.exitCode).toBe(exitCodes.refused.code);
    expect(json(check)).toMatchObject({ contradictionCount: 1, contradictions: [{ objectId: 'pi_1' }] });
  });

  it('says that it does not ask the provider', async () => {
    expect((await trunkline('ledger', 'check', '--help')).stdout).toContain('does not ask the provider');
  });
});

describe('ledger show', () => {
  it('lists facts and postings of an object with the events that told of them', async () => {
    await received({});

    const shown = json(await trunkline('ledger', 'show', 'pi_1', '--json'));
    const text = await trunkline('ledger', 'show', 'pi_1');

    const eventId = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';
    expect(shown.objects).toEqual([
      expect.objectContaining({
        kind: 'payment_intent',
        facts: [expect.objectContaining({ fact: 'payment.succeeded', amount: '500', eventId })],
        postings: [expect.objectContaining({ debit: 'balance', credit: 'received', amount: '500', eventId })],
      }),
    ]);
    expect(text.stdout).toContain('payment_intent/pi_1');
    expect(text.stdout).toContain(eventId);
  });

  it('ends as not found where nothing was said', async () => {
    const shown = await trunkline('ledger', 'show', 'pi_none', '--json');

    expect(shown.exitCode).toBe(exitCodes.not_found.code);
    expect(json(shown).error.code).toBe('not_found');
  });
});

describe('the doctor', () => {
  const ledgerOf = async (): Promise<unknown> => {
    const { checks } = json(await trunkline('doctor', '--json'));
    return checks.find(({ name }: { name: string }) => name === 'ledger');
  };

  it('names objects that were told with different amounts, and what to type', async () => {
    await received({ contradicted: true });

    expect(await ledgerOf()).toMatchObject({
      state: 'warning',
      detail: 'told with different amounts: acct_1.live payment_intent/pi_1',
      fix: expect.stringContaining('trunkline ledger show'),
    });
  });

  it('is content without such', async () => {
    await received({});

    expect(await ledgerOf()).toMatchObject({ state: 'ok' });
  });
});
