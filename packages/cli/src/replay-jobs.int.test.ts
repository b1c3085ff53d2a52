import { deliveryMigrations } from '@trunkline/delivery/testing';
import { askForReplay } from '@trunkline/journal';
import { journalMigrations } from '@trunkline/journal/testing';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';

let database: TestDatabase;
beforeAll(async () => {
  const { postgresAdminUrl: adminUrl } = inject('stack');
  database = await createTestDatabase({ adminUrl, services: [journalMigrations, deliveryMigrations] });
});
afterAll(() => database.drop());

const trunkline = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(words, {
    environment: { TRUNKLINE_DATABASE_URL: database.urlOf('operator'), TRUNKLINE_ACTOR: 'alex' },
  });

describe('replays', () => {
  it('are listed among jobs, shown, paused, given another rate, resumed and cancelled, each by who it was', async () => {
    const operator = database.open({ connectionString: database.urlOf('operator'), schema: 'journal' });
    const id = await askForReplay(operator, {
      tenant: 'tnt_a',
      source: 'src_stripe',
      sinceMs: Date.UTC(2026, 2, 2),
      untilMs: Date.UTC(2026, 2, 3),
      verdicts: ['unnormalised'],
      correction: 0,
      all: false,
      canary: true,
      rate: 200,
      note: 'mended',
      actor: 'ada',
    });

    const listed = json(await trunkline('jobs', 'list', '--json'));
    await trunkline('jobs', 'pause', id);
    await trunkline('jobs', 'rate', id, '50/s');
    const paused = await trunkline('jobs', 'show', id);
    await trunkline('jobs', 'resume', id);
    const cancelled = await trunkline('jobs', 'cancel', id, '--reason', 'wrong one');

    expect(listed).toMatchObject({ jobs: [{ id, source: 'src_stripe', counts: { planned: 0 } }] });
    expect(paused.stdout).toMatch(new RegExp(`job  ${id}  replay of src_stripe  paused`));
    expect(paused.stdout).toContain('50/s');
    expect(cancelled.stdout).toContain('cancelling');
    const acts = await database.admin('SELECT action, actor FROM trunkline.audit WHERE target = $1 ORDER BY seq', [id]);
    expect(acts).toEqual([
      { action: 'replay', actor: 'ada' },
      ...['pause', 'rate', 'resume', 'cancel'].map((word) => ({ action: `jobs ${word}`, actor: 'alex' })),
    ]);
    expect((await trunkline('jobs', 'pause', id)).stderr).toContain('is over');
  });
});
