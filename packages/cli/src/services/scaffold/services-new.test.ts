import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { isDomainTopic, topics } from '@trunkline/events';
import { afterAll, describe, expect, it } from 'vitest';

import { runCommandLine } from '../../testing/run-command.ts';
import { portOf, standardPorts } from './plan.ts';

const repository = path.resolve(import.meta.dirname, '../../../../..');
const checkout = emptyCheckout();
afterAll(() => rmSync(checkout, { recursive: true }));

const create = (...words: string[]): ReturnType<typeof runCommandLine> =>
  runCommandLine(['services', 'new', ...words], { directory: checkout });
const stated = topics.filter((topic) => isDomainTopic(topic) && topic !== 'integration.event.v1');

describe('services new', { timeout: 60_000 }, () => {
  it('writes one folder, and nothing outside of it', async () => {
    const created = await create('calendar', '--topics', 'calendar.booking.v1', '--json');

    expect(created.exitCode).toBe(0);
    expect(JSON.parse(created.stdout).files).toEqual(
      [
        'package.json',
        'tsconfig.build.json',
        'src/main.ts',
        'src/app.ts',
        'src/config.ts',
        'src/testing/service.ts',
        'src/handlers/index.ts',
        'src/handlers/booking.ts',
        'src/handlers/booking.int.test.ts',
        'migrations/001-booking.sql',
      ].map((file) => path.join('services/calendar', file)),
    );
    expect(JSON.parse(read('services/calendar/package.json'))).toMatchObject({ trunkline: { port: 18_093 } });
  });

  it('writes code that compiles and is as the formatter would have it, for every topic of events', async () => {
    // One service for each: two topics of one service may not be about entities of one name.
    for (const [index, topic] of stated.entries()) {
      expect(await create(`try${index}`, '--topics', topic)).toMatchObject({ exitCode: 0 });
    }
    writeFileSync(
      path.join(checkout, 'tsconfig.json'),
      JSON.stringify({
        extends: path.join(repository, 'tsconfig.json'),
        compilerOptions: { skipLibCheck: true, types: ['node'] },
        include: ['services', path.join(repository, 'test/setup/stack.ts')],
      }),
    );
    const tool = promisify(execFile);
    const typescript = path.join(repository, 'node_modules/typescript/bin/tsc');
    const formatter = path.join(repository, 'node_modules/.bin/oxfmt');
    const config = path.join(repository, '.oxfmtrc.json');
    const files = globSync('services/*/**/*.{ts,json}', { cwd: checkout });

    const said = (running: Promise<unknown>): Promise<string> =>
      running.then(
        () => '',
        (error: { readonly stdout: string; readonly stderr: string }) => error.stdout + error.stderr,
      );

    const compiling = await said(tool(process.execPath, [typescript, '--noEmit', '-p', checkout], { timeout: 55_000 }));
    const formatting = await said(
      tool(formatter, ['--config', config, '--check', ...files], { cwd: checkout, timeout: 20_000 }),
    );

    expect({ compiling, formatting }).toEqual({ compiling: '', formatting: '' });
    expect(files.length).toBeGreaterThan(9 * stated.length);
  });

  it.each([
    [['calendar', '--topics', 'calendar.event.v1'], 'there already'],
    [['operator', '--topics', 'calendar.event.v1'], 'cannot name a service'],
    [['two_words', '--topics', 'calendar.event.v1'], 'cannot name a service'],
    [['../evil', '--topics', 'calendar.event.v1'], 'cannot name a service'],
    [['agenda', '--topics', 'calendar.evnt.v1'], 'calendar.event.v1'],
    [['agenda', '--topics', 'ingress.delivery.v1'], 'no topic of events'],
    [['agenda', '--topics', 'integration.event.v1'], 'no topic of events'],
    [['agenda', '--topics', 'crm.activity.v1,analytics.activity.v1'], 'agenda.activity'],
    [['agenda', '--topics', 'calendar.event.v1', '--port', '0'], 'port number'],
    [['agenda'], '--topics'],
  ])('%j is refused and nothing is written', async (words, reason) => {
    const before = globSync('services/*', { cwd: checkout });

    const { exitCode, stderr } = await create(...words);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(reason);
    expect(globSync('services/*', { cwd: checkout })).toEqual(before);
  });

  it('outside of a checkout says where it belongs', async () => {
    const { exitCode, stderr } = await runCommandLine(['services', 'new', 'agenda', '--topics', 'calendar.event.v1']);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('in no checkout');
  });
});

describe('the port of a new service', () => {
  it('is the one that its name is known by, else one that nobody has', () => {
    expect(portOf('journal', [])).toBe(standardPorts['journal']);
    expect(portOf('agenda', [18_100, 18_101])).toBe(18_102);
    expect(portOf('constructor', [])).toBe(18_100);
  });
});

/** As much of a checkout as the command looks for, with the packages of this one. */
function emptyCheckout(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'trunkline-services-'));
  const groups = 'packages/consumer/src/groups.ts';
  mkdirSync(path.join(directory, path.dirname(groups)), { recursive: true });
  writeFileSync(path.join(directory, groups), '');
  symlinkSync(path.join(repository, 'node_modules'), path.join(directory, 'node_modules'));
  return directory;
}

function read(file: string): string {
  return readFileSync(path.join(checkout, file), 'utf8');
}
