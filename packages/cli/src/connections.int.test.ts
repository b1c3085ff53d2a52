import { readFile } from 'node:fs/promises';

import { findConnection } from '@trunkline/connections';
import { until } from '@trunkline/installation';
import { listAudit } from '@trunkline/postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { type ConnectionsWorld, openConnectionsWorld } from './testing/connections-world.ts';
import { json } from './testing/json-output.ts';

const limitMs = 120_000;
const slack = (id: string, more = ''): string =>
  `id: ${id}, tenant: tnt_${id.slice(-1)}, provider: slack, credentials: { botToken: 'file:${id}.token' }${more}`;
const marker = 'xoxb-secret-marker';

let world: ConnectionsWorld;
beforeAll(async () => {
  world = await openConnectionsWorld(inject('stack').postgresAdminUrl);
  for (const id of ['con_a', 'con_b', 'con_other_a', 'con_spare_a']) {
    await world.secret(`${id}.token`, `${marker}-${id}`);
    world.teams.set(`${marker}-${id}`, `T-${id}`);
  }
  await world.write(
    slack('con_a'),
    slack('con_b'),
    slack('con_other_a', ', account: T-of-somebody-else'),
    slack('con_spare_a'),
    slack('con_none_a'),
  );
  await world.start(['k0']);
}, limitMs);
afterAll(() => world.close(), limitMs);

const trunkline = (...words: string[]): ReturnType<ConnectionsWorld['trunkline']> => world.trunkline(...words);
async function stateOf(id: string): Promise<string> {
  const { connection } = json(await trunkline('connections', 'show', id, '--json'));
  return `${connection.state} ${connection.reason ?? ''}`.trim();
}
const callsOf = (id: string): number => world.tokensSeen.filter((token) => token.endsWith(id)).length;
const become = (id: string, state: string): Promise<boolean> =>
  until(`${id} is ${state}`, async () => (await stateOf(id)) === state);

describe('connections', () => {
  it('are active once the provider said whose their credentials are, and never without', async () => {
    await become('con_a', 'active');
    await become('con_b', 'active');
    await become('con_other_a', 'needs_authorization account_mismatch');
    await become('con_none_a', 'needs_authorization secret_missing');
    await become('con_spare_a', 'active');

    const listed = await trunkline('connections', 'list', '--json');
    const text = await trunkline('connections', 'show', 'con_a');

    expect(
      json(listed).connections.map(({ id, tenantId, account }: Record<string, string>) => [id, tenantId, account]),
    ).toEqual([
      ['con_a', 'tnt_a', 'T-con_a'],
      ['con_b', 'tnt_b', 'T-con_b'],
      ['con_none_a', 'tnt_a', undefined],
      ['con_other_a', 'tnt_a', 'T-con_other_a'],
      ['con_spare_a', 'tnt_a', 'T-con_spare_a'],
    ]);
    expect(text.stdout).toMatch(/credentials.*number 1, sealed/);
    expect(text.stdout).toMatch(/connections\s+active/);
  });

  it('are counted by their state, with the age of the oldest credentials of a provider', async () => {
    const counted = (page: string): number =>
      [...page.matchAll(/^connections_standing\{\S* (\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0);

    await until('all are counted', async () => counted(await world.metrics()) === 5);

    expect(await world.metrics()).toMatch(/^connection_secret_age_seconds\{provider="slack"\} \d/m);
  });

  it('are of their tenant: no other one reads or writes their rows', async () => {
    const service = world.database.open();

    const seen = await service.transaction(['tnt_b'], (tx) =>
      Promise.all(
        ['connection', 'credential', 'audit'].map((table) =>
          tx.query<{ tenant_id: string }>(`SELECT DISTINCT tenant_id FROM connections.${table}`),
        ),
      ),
    );
    const written = await service.transaction(['tnt_b'], (tx) =>
      tx.query(`UPDATE connections.connection SET reason = 'x' WHERE connection_id = 'con_a' RETURNING 1`),
    );

    expect(seen).toEqual(Array.from({ length: 3 }, () => [{ tenant_id: 'tnt_b' }]));
    expect(written).toEqual([]);
  });

  it('keep an id that is another tenant’s from being taken', async () => {
    await world.write(slack('con_a').replace('tnt_a', 'tnt_b'), slack('con_b'), slack('con_spare_a'));

    await become('con_other_a', 'paused account_mismatch');

    expect(await findConnection(world.database.open(), 'con_a')).toMatchObject({ tenantId: 'tnt_a', state: 'active' });
    // The line is on its way when the row is written.
    await until('the log says why', async () =>
      (await readFile(world.logFile(), 'utf8')).includes('the id belongs to a connection of another tenant'),
    );
  });

  it('are checked anew when a secret changes, and degraded when it is refused', async () => {
    await world.write(slack('con_a'), slack('con_b'), slack('con_spare_a'));
    await world.secret('con_a.token', 'xoxb-refused');
    await become('con_a', 'degraded credentials_refused');
    const checked = await trunkline('connections', 'check', 'con_a');

    await world.secret('con_a.token', `${marker}-con_a`);
    await become('con_a', 'active');
    const again = await trunkline('connections', 'check', 'con_a', '--json');

    expect(checked.exitCode).toBe(exitCodes.refused.code);
    expect(checked.stdout).toContain('the provider refuses the credentials');
    expect(again.exitCode).toBe(exitCodes.ok.code);
    expect(json(again).connection).toMatchObject({ state: 'active', generation: 3 });
  });

  it('are paused and resumed by an operator, who stands in the audit', async () => {
    const paused = await trunkline('connections', 'pause', 'con_b', '--reason', 'a test');
    const asked = callsOf('con_b');
    const checked = await trunkline('connections', 'check', 'con_b', '--json');
    const resumed = await trunkline('connections', 'resume', 'con_b', '--json');

    expect([paused.exitCode, json(checked).connection.state]).toEqual([exitCodes.ok.code, 'paused']);
    expect(json(resumed).connection.state).toBe('active');
    expect(callsOf('con_b')).toBe(asked + 1);
    const operator = world.database.open({ connectionString: world.database.urlOf('operator') });
    const audit = await operator.transaction([], (tx) => listAudit(tx, { limit: 100 }));
    expect(audit.toReversed()).toMatchObject([
      { actor: 'ada', tenant: 'tnt_b', action: 'connections pause', target: 'con_b', note: 'a test' },
      { actor: 'ada', tenant: 'tnt_b', action: 'connections resume', target: 'con_b' },
    ]);
  });

  it('show what the provider says of the end of its API, which the doctor tells', async () => {
    Object.assign(world.headers, { deprecation: '@1688169599', sunset: 'Sun, 30 Jun 2030 23:59:59 GMT' });
    await trunkline('connections', 'check', 'con_a');
    for (const name of Object.keys(world.headers)) delete world.headers[name];

    const { checks } = json(await trunkline('doctor', '--json'));

    expect(checks.find(({ name }: { name: string }) => name === 'deprecations')).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('slack auth.test (ends 2030-06-30)'),
    });
  });

  it('show the breaker that opened because their provider failed again and again', async () => {
    const closed = json(await trunkline('connections', 'show', 'con_spare_a', '--json'));
    world.isAway = true;
    for (let nth = 0; nth < 3; nth += 1) await trunkline('connections', 'check', 'con_spare_a');
    world.isAway = false;

    const askedAtMs = Date.now();
    const open = json(await trunkline('connections', 'show', 'con_spare_a', '--json'));
    const text = await trunkline('connections', 'show', 'con_spare_a');
    const { checks } = json(await trunkline('doctor', '--json'));

    expect(checks.find(({ name }: { name: string }) => name === 'connections')).toMatchObject({
      state: 'warning',
      detail: 'con_spare_a is degraded (unreachable)',
    });
    expect(closed.calls).toEqual([{ service: expect.any(String), ratesShared: false }]);
    expect(Date.parse(open.calls[0].openUntil)).toBeGreaterThan(askedAtMs);
    expect(open.connection).toMatchObject({ state: 'degraded', reason: 'unreachable' });
    expect(text.stdout).toMatch(/breaker \(.*\) +open until/);
  });

  it('that are revoked are shredded for good', async () => {
    const revoked = await trunkline('connections', 'revoke', 'con_spare_a', '--json');
    const resumed = await trunkline('connections', 'resume', 'con_spare_a');

    expect(json(revoked).connection).toMatchObject({ state: 'revoked', generation: 0 });
    expect(resumed.exitCode).toBe(exitCodes.refused.code);
    expect(await world.database.admin(`SELECT FROM connections.vault_key WHERE owner = 'con_spare_a'`)).toEqual([]);
  });

  it('that are not there are not found', async () => {
    for (const word of ['show', 'check', 'pause', 'revoke'])
      expect((await trunkline('connections', word, 'con_zzz')).exitCode).toBe(exitCodes.not_found.code);
  });
});

describe('the vault', () => {
  it('is rotated to the newest key of the list, and says when the old one may go', async () => {
    const before = await trunkline('vault', 'status', '--json');
    await world.stop();
    await world.start(['k1', 'k0']);
    const between = await trunkline('vault', 'status');

    const rotated = await trunkline('vault', 'rotate', '--json');

    expect(json(before).keys).toMatchObject([{ name: 'k0', rows: 3, isCurrent: true }]);
    expect(between.stdout).toMatch(/k0 .* opens: trunkline vault rotate/);
    expect(json(rotated)).toMatchObject({
      rotated: 3,
      keys: [
        { name: 'k1', rows: 3 },
        { name: 'k0', rows: 0, use: 'none: it may leave the list' },
      ],
    });
    expect(json(await trunkline('connections', 'check', 'con_a', '--json')).connection.state).toBe('active');
  });

  it('keeps a service from starting without a key that rows need', async () => {
    await world.stop();

    await expect(world.start(['k2'])).rejects.toThrow(/3 connections are sealed with the key/);

    await world.start(['k1']);
  });

  it('shows no secret: not in the log, the database, or to the command line', async () => {
    const dump = await world.database.admin<{ has: boolean }>(
      `SELECT bool_or(position('${marker}'::bytea in sealed) > 0) AS has FROM connections.credential`,
    );
    const told = await Promise.all([
      trunkline('connections', 'list', '--json'),
      trunkline('connections', 'show', 'con_a'),
      trunkline('vault', 'status', '--json'),
    ]);

    expect(dump).toEqual([{ has: false }]);
    expect(await readFile(world.logFile(), 'utf8')).toContain('slack auth.test');
    for (const text of [await readFile(world.logFile(), 'utf8'), ...told.map(({ stdout }) => stdout)])
      expect(text).not.toContain('secret-marker');
  });

  it.each(['SELECT sealed FROM connections.credential', 'SELECT dek_wrapped FROM connections.vault_key'])(
    'is not read by the role of the command line: %s',
    async (sql) => {
      const operator = world.database.open({ connectionString: world.database.urlOf('operator') });

      await expect(operator.statement(sql, [])).rejects.toMatchObject({ cause: { code: '42501' } });
    },
  );

  it('has an audit that nobody changes', async () => {
    const service = world.database.open();

    await expect(
      service.transaction(['tnt_a'], (tx) => tx.query(`UPDATE connections.audit SET what = 'nothing'`)),
    ).rejects.toMatchObject({ cause: { code: '42501' } });
  });
});
