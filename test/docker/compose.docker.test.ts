/** docker-compose.yml as someone runs it: the image is built, everything starts, an event becomes a row, everything stops. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { randomKey, randomVaultKey } from '@trunkline/installation';
import { freePort } from '@trunkline/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { composePasswords, installationKey, vaultKey } from '../../scripts/start/secrets.ts';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

// A first build installs the dependencies twice, a first start pulls 1.5 GB.
const startDeadlineMs = 900_000;
const commandDeadlineMs = 60_000;
const stopDeadlineMs = 120_000;

const portVariables = ['INGRESS', 'DELIVERY_API', 'KAFKA', 'REGISTRY', 'POSTGRES', 'REDIS', 'JAEGER'].map(
  (part) => `TRUNKLINE_${part}_PORT`,
);
const services = readdirSync(join(root, 'services'));

const problem = await composeProblem();

it('finds an engine and Compose', (context) => {
  if (problem !== undefined) context.skip(`cannot run here: ${problem}`);

  expect(problem).toBeUndefined();
});

const describeWhereItCanRun = problem === undefined ? describe : () => undefined;

describeWhereItCanRun('docker compose up', () => {
  const id = randomBytes(4).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-compose-'));
  const environment: Record<string, string> = {};

  /** Compose on files of its own: other passwords, ports and names than those of whoever works here. */
  const runCompose = async (
    args: readonly string[],
    timeout = commandDeadlineMs,
  ): Promise<{ readonly stdout: string; readonly stderr: string }> => {
    const files = [`--file=${join(root, 'docker-compose.yml')}`, `--file=${join(folder, 'override.yml')}`];
    const where = [`--project-directory=${root}`, `--project-name=trunkline-test-${id}`];
    const all = ['compose', '--ansi=never', '--progress=quiet', ...where, ...files, ...args];
    return await run('docker', all, { cwd: root, timeout, env: { ...process.env, ...environment } });
  };

  const compose = async (args: readonly string[], timeout?: number): Promise<string> =>
    (await runCompose(args, timeout)).stdout;

  const rows = async (): Promise<string> => {
    const query = ['--username=postgres', '--dbname=trunkline', '--tuples-only', '--no-align'];
    const count = await compose(['exec', '-T', 'postgres', 'psql', ...query, '--command=TABLE payments.payment']);
    return count.trim();
  };

  beforeAll(async () => {
    for (const name of composePasswords) environment[name] = name === vaultKey ? randomVaultKey() : randomKey();
    const secretsFile = join(folder, 'secrets.env');
    const source = `whsec_${randomBytes(24).toString('base64')}`;
    const key = environment[installationKey] ?? '';
    writeFileSync(secretsFile, `${installationKey}=${key}\nTRUNKLINE_SECRET_STRIPE_DEMO=${source}\n`);
    writeFileSync(
      join(folder, 'override.yml'),
      ['ingress', 'connections', 'cli'].reduce(
        (text, name) => `${text}  ${name}: { env_file: !override ["${secretsFile}"] }\n`,
        'services:\n',
      ),
    );
    environment['TRUNKLINE_VERSION'] = `test-${id}`;
    for (const name of portVariables) environment[name] = String(await freePort());
    await compose(['build', 'ingress'], startDeadlineMs);
    await compose(['up', '--no-build', '--wait'], startDeadlineMs);
  }, 2 * startDeadlineMs);

  afterAll(async () => {
    await compose(['down', '--volumes', '--timeout=15'], stopDeadlineMs);
    await run('docker', ['image', 'rm', '--force', `trunkline:test-${id}`], { timeout: stopDeadlineMs });
    rmSync(folder, { recursive: true });
  }, 2 * stopDeadlineMs);

  it.each([[[]], [['tools']], [['observability']], [['*']]])(
    'understands the file with the profiles %j',
    async (profiles) => {
      const { stderr } = await runCompose([...profiles.map((profile) => `--profile=${profile}`), 'config', '--quiet']);

      expect(stderr).toBe('');
    },
  );

  it('turns a signed webhook into a row', async () => {
    const sent = await compose(['run', '--rm', '--no-deps', 'cli', 'send', 'stripe', 'payment_intent.succeeded']);

    expect(sent).toMatch(/src_stripe_demo +200$/m);
    await expect.poll(rows, { timeout: commandDeadlineMs, interval: 500 }).toContain('tnt_demo');
  });

  it('gives a service no right that it does not need', async () => {
    const container = (await compose(['ps', '--quiet', 'ingress'])).trim();

    const { stdout } = await run('docker', ['inspect', container], { timeout: commandDeadlineMs });

    const [{ Config, HostConfig }] = JSON.parse(stdout);
    expect(Config.User).toBe('1000:1000');
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], Privileged: false });
  });

  it('stops every service by itself when it is asked to', async () => {
    await compose(['stop', ...services], stopDeadlineMs);

    const stopped = (await compose(['ps', '--all', '--format={{.Service}} {{.ExitCode}}'])).trim().split('\n');

    expect(stopped).toEqual(expect.arrayContaining(services.map((service) => `${service} 0`)));
  });
});

/** Why Compose cannot run here; undefined when it can. */
async function composeProblem(): Promise<string | undefined> {
  const answers = async (args: readonly string[]): Promise<boolean> =>
    await run('docker', args, { timeout: commandDeadlineMs }).then(
      () => true,
      () => false,
    );
  if (!(await answers(['info']))) return 'no Docker engine';
  return (await answers(['compose', 'version'])) ? undefined : 'no Compose (the docker plugin)';
}
