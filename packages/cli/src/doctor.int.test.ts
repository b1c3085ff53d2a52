import { once } from 'node:events';
import { connect } from 'node:net';

import { createSchemaRegistry, createTopicAdmin } from '@trunkline/kafka';
import { ownSubjects, schemaCompatibility } from '@trunkline/operations';
import { startOwnRedis } from '@trunkline/redis/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { resolveSettings } from './settings.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';
import { openTestInstallation, type TestInstallation } from './testing/test-installation.ts';
import { createWorkspace, type TestWorkspace } from './testing/workspace.ts';
import { planTopics } from './topic-plan.ts';

const startLimitMs = 120_000;
const tenMinutesMs = 10 * 60_000;
const absentTopic = 'telephony.retry.10m';
const shortTopic = 'payments.dlt';
const absentSubject = 'telephony.call.v1-value';

let installation: TestInstallation;
let workspace: TestWorkspace;
beforeAll(async () => {
  installation = await openTestInstallation(inject('stack'), { provision: provisionBadly });
  workspace = createWorkspace(sourcesFile(''));
}, startLimitMs);
afterAll(async () => {
  workspace.remove();
  await installation.close();
}, startLimitMs);

interface Finding {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
  readonly fix?: string;
}

/** Findings by name, of what is not in order. */
async function troubles(clock: () => number): Promise<ReadonlyMap<string, Finding>> {
  const { stdout } = await doctor(clock);
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Finding[] };
  const found = checks.filter(({ state }) => ['failed', 'warning'].includes(state));
  return new Map(found.map((finding) => [finding.name, finding]));
}

function doctor(clock: () => number): Promise<CommandResult> {
  const { directory } = workspace;
  return runCommandLine(['doctor', '--json'], { environment: installation.environment, directory, clock });
}

describe('the doctor on an installation with five faults', () => {
  it('names each with its fix, and nothing else', async () => {
    const found = await troubles(() => Date.now() + tenMinutesMs);

    expect([...found.keys()].sort()).toEqual(['clock', 'ids', 'schemas', 'topics']);
    expect(found.get('topics')).toMatchObject({
      state: 'failed',
      detail: expect.stringMatching(
        new RegExp(
          `missing: ${absentTopic}; different: ${shortTopic} \\(retention.ms is 1000, should be 2592000000\\)`,
        ),
      ),
      fix: expect.stringContaining('trunkline topics apply'),
    });
    expect(found.get('schemas')).toMatchObject({
      state: 'failed',
      detail: `not registered: ${absentSubject}`,
      fix: 'trunkline schemas register',
    });
    expect(found.get('ids')).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('src_no_id'),
      fix: expect.stringContaining('options.event.id'),
    });
    expect(found.get('clock')).toMatchObject({
      state: 'failed',
      detail: expect.stringMatching(/(?:9|10) min \d+ s ahead of Postgres, (?:9|10) min \d+ s ahead of the registry/),
      fix: expect.stringContaining('NTP'),
    });
  });

  it('tells a clock that is a little off as a warning, one that is behind as such, and a right one as in step', async () => {
    const little = await troubles(() => Date.now() - 10_000);
    const right = await troubles(Date.now);

    expect(little.get('clock')).toMatchObject({
      state: 'warning',
      detail: expect.stringMatching(/ s behind Postgres/),
    });
    expect(right.has('clock')).toBe(false);
  });

  it('finds everything in order once its fixes were applied', async () => {
    const environment = installation.environment;
    await runCommandLine(['topics', 'apply'], { environment });
    await runCommandLine(['schemas', 'register'], { environment });
    workspace.write('trunkline.yaml', sourcesFile('id: /id'));

    const healthy = await doctor(Date.now);

    expect(await troubles(Date.now)).toEqual(new Map());
    expect(healthy.exitCode).toBe(exitCodes.ok.code);
  });
});

describe('the doctor of a Redis', () => {
  it('warns when it forgets what is not over, or does not answer', async () => {
    const own = await startOwnRedis();
    const redisOf = async (url: string): Promise<Finding | undefined> => {
      const { stdout } = await runCommandLine(['doctor', '--json', '--redis-url', url]);
      return JSON.parse(stdout).checks.find(({ name }: Finding) => name === 'redis');
    };

    const well = await redisOf(own.url);
    await say(own.url, 'CONFIG SET maxmemory-policy allkeys-lru');
    const forgetful = await redisOf(own.url);
    const strange = await redisOf(own.url.replace(/:[^:@]+@/, ':another@'));
    const stranger = await redisOf(own.url.replace(/:[^:@]+@/, ''));
    await own.close();
    const away = await redisOf(own.url);

    expect(well).toMatchObject({ state: 'ok', detail: expect.stringContaining('of 128 MB') });
    expect(forgetful).toMatchObject({ state: 'warning', fix: expect.stringContaining('noeviction') });
    expect([strange, stranger]).toMatchObject([
      { state: 'warning', detail: expect.stringContaining('refuses the password') },
      { state: 'warning', detail: expect.stringContaining('asks for a password') },
    ]);
    expect(away).toMatchObject({ state: 'warning', detail: expect.stringContaining('does not answer') });
  });
});

/** One command in the form that a person types. */
async function say(redisUrl: string, command: string): Promise<void> {
  const { hostname, port, password } = new URL(redisUrl);
  const socket = connect(Number(port), hostname);
  for (const line of [`AUTH ${password}`, command]) {
    socket.write(`${line}\r\n`);
    await once(socket, 'data');
  }
  socket.destroy();
}

/** What `topics apply` and `schemas register` do, but for one topic, one retention and one schema. */
async function provisionBadly(given: Pick<TestInstallation, 'connection' | 'environment'>): Promise<void> {
  const { connection, environment } = given;
  const settings = resolveSettings({ flags: {}, environment, directory: '/' });
  const admin = createTopicAdmin(connection);
  await admin.apply(
    planTopics({ settings })
      .filter(({ topic }) => topic !== absentTopic)
      .map((spec) =>
        spec.topic === shortTopic ? { ...spec, config: { ...spec.config, 'retention.ms': '1000' } } : spec,
      ),
  );
  await admin.close();
  const registry = createSchemaRegistry({
    url: settings.require('registryUrl'),
    namespace: connection.namespace,
    timeoutMs: 30_000,
  });
  for (const { subject, schema } of ownSubjects().filter((own) => own.subject !== absentSubject))
    await registry.register(subject, schema, schemaCompatibility);
}

function sourcesFile(idPointer: string): string {
  return `version: 1
tenants:
  - id: tnt_a
    name: A
sources:
  - id: src_no_id
    tenant: tnt_a
    provider: generic
    secrets: [env:TEST_GENERIC]
    options:
      scheme: hmac
      header: X-Signature-256
      event: { ${idPointer} }
`;
}
