import { createDeliveryDatabase } from '@trunkline/delivery/testing';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';

let database: TestDatabase;
let endpointId: string;
beforeAll(async () => {
  database = await createDeliveryDatabase(inject('stack').postgresAdminUrl);
  const words = ['--tenant', 'tnt_a', '--url', 'https://acme.example/hooks', '--types', '**', '--json'];
  const made = json(await trunkline('endpoints', 'create', ...words));
  endpointId = String(made.endpointId);
});
afterAll(() => database.drop());

const trunkline = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(words, {
    environment: {
      TRUNKLINE_DATABASE_URL: database.urlOf('operator'),
      TRUNKLINE_VAULT_KEY: Buffer.alloc(32, 7).toString('base64'),
      TRUNKLINE_ACTOR: 'alex',
    },
  });

async function start(...words: string[]): Promise<string> {
  const started = json(await trunkline('jobs', 'start', ...words, '--json'));
  return String(started.job.id);
}

describe('jobs of messages', () => {
  it('are started, shown, paused, given another rate, resumed and cancelled, each by who it was', async () => {
    const id = await start('recover', endpointId, '--since', '6h', '--reason', 'their outage');

    await trunkline('jobs', 'pause', id);
    await trunkline('jobs', 'rate', id, '500/s');
    const paused = await trunkline('jobs', 'show', id);
    await trunkline('jobs', 'resume', id);
    const cancelled = await trunkline('jobs', 'cancel', id, '--reason', 'wrong one');

    expect(paused.stdout).toMatch(new RegExp(`job  ${id}  recover of ${endpointId}  paused`));
    expect(cancelled.stdout).toContain('cancelling');
    expect(
      await database.admin('SELECT action, actor FROM trunkline.audit WHERE target = $1 ORDER BY seq', [id]),
    ).toEqual(
      ['start', 'pause', 'rate', 'resume', 'cancel'].map((word) => ({ action: `jobs ${word}`, actor: 'alex' })),
    );
    expect((await trunkline('jobs', 'pause', id)).stderr).toContain('is over');
  });

  it.each([
    ['a kind that there is not', ['recovr'], 'resend, recover, replay-missing, backfill, discard'],
    ['a recovery without a time', ['recover'], 'since when?'],
    ['a state that there is not', ['resend', '--since', '1h', '--state', 'gone'], 'is no state'],
  ])('are refused for %s', async (_, [kind = '', ...words], problem) => {
    const refused = await trunkline('jobs', 'start', kind, endpointId, ...words);

    expect(refused.exitCode).toBe(exitCodes.usage.code);
    expect(refused.stderr).toContain(problem);
  });

  it('are not there under an id that nobody has', async () => {
    const nobodys = await trunkline('jobs', 'show', `job_${'0'.repeat(32)}`);

    expect(nobodys.exitCode).toBe(exitCodes.not_found.code);
    expect((await trunkline('jobs', 'show', 'job_1')).stderr).toContain('is no id of a job');
  });
});
