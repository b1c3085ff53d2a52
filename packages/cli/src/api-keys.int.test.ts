import { createDeliveryDatabase } from '@trunkline/delivery/testing';
import { findApiKey, readKeyToken } from '@trunkline/http-api/keys';
import type { Database } from '@trunkline/postgres';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';

let database: TestDatabase;
let asService: Database;
beforeAll(async () => {
  database = await createDeliveryDatabase(inject('stack').postgresAdminUrl);
  asService = database.open();
});
afterAll(() => database.drop());

const trunkline = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(['api-keys', ...words, '--json'], {
    environment: { TRUNKLINE_DATABASE_URL: database.urlOf('operator'), TRUNKLINE_ACTOR: 'alex' },
  });

interface Made {
  readonly keyId: string;
  readonly token: string;
}

async function create(...words: string[]): Promise<Made> {
  const all = ['--tenant', 'tnt_a', '--name', 'deploy', '--scopes', 'endpoints:read,messages:read', ...words];
  return json(await trunkline('create', ...all)) as unknown as Made;
}

/** Of the service, which is shown a token. */
async function found(token: string): Promise<Awaited<ReturnType<typeof findApiKey>>> {
  const read = readKeyToken(token);
  return read === undefined ? undefined : await findApiKey(asService, read);
}

describe('api-keys create', () => {
  it('prints a token that the service finds, and keeps nothing that opens', async () => {
    const { keyId, token } = await create();

    expect(await found(token)).toMatchObject({ keyId, tenantId: 'tnt_a', scopes: ['endpoints:read', 'messages:read'] });
    const rows = await database.admin('SELECT k::text AS row FROM delivery.api_key k');
    expect(JSON.stringify(rows)).not.toContain(token.slice(21, 64));
    expect((await trunkline('list')).stdout).not.toContain(token.slice(21, 64));
  });

  it('refuses a scope that there is not', async () => {
    const refused = await trunkline('create', '--tenant', 'tnt_a', '--name', 'x', '--scopes', 'endpoint:read');

    expect(refused.exitCode).toBe(exitCodes.usage.code);
  });
});

describe('api-keys rotate', () => {
  it('makes a successor; the old one opens until the overlap ends, and cannot be rotated again', async () => {
    const old = await create();

    const made = json(await trunkline('rotate', old.keyId, '--overlap', '0s')) as unknown as Made;

    expect(await found(made.token)).toMatchObject({ keyId: made.keyId, scopes: ['endpoints:read', 'messages:read'] });
    expect((await found(old.token))?.expiresAtMs).toBeLessThanOrEqual(Date.now());
    expect((await trunkline('rotate', old.keyId)).exitCode).toBe(exitCodes.usage.code);
  });
});

describe('api-keys revoke', () => {
  it('ends a key, and the audit says who did it', async () => {
    const { keyId, token } = await create();

    await trunkline('revoke', keyId);

    expect((await found(token))?.revokedAtMs).not.toBeNull();
    expect(
      await database.admin('SELECT actor, action FROM trunkline.audit WHERE target = $1 ORDER BY seq', [keyId]),
    ).toEqual([
      { actor: 'alex', action: 'api-keys create' },
      { actor: 'alex', action: 'api-keys revoke' },
    ]);
  });
});
