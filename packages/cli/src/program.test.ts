import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import { createProgram } from './program.ts';
import { runCommandLine } from './testing/run-command.ts';

const root = resolve(import.meta.dirname, '../../..');
const silent = { writeOut: () => undefined, writeErr: () => undefined };
const program = await createProgram(() => Promise.resolve(), silent);

function everyCommand(): readonly Command[] {
  const below = (command: Command): Command[] => [command, ...command.commands.flatMap(below)];
  return below(program).filter((command) => command.commands.length === 0 && command.name() !== 'help');
}

describe('the command line', () => {
  it.each(everyCommand().map((command) => [nameOf(command), command] as const))(
    '%s says what it does and shows examples',
    (name, command) => {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();

      expect(command.description()).not.toBe('');
      expect(help).toContain('Examples:');
      expect(help.split('Examples:')[1]).toContain(`trunkline ${name}`);
      // A default that is no word would be shown as its JSON.
      expect(help).not.toMatch(/\(default:\s+\{/);
    },
  );

  it('names in examples only sources, tenants, people and phones that a fresh clone has', () => {
    const sample = readFileSync(join(root, 'trunkline.yaml'), 'utf8');
    const texts = globSync('packages/cli/src/commands/*.ts', { cwd: root }).map((file) =>
      readFileSync(join(root, file), 'utf8'),
    );

    const unknown = texts
      .flatMap((text) => text.match(/\b(?:src|tnt|per|phn)_[a-z][a-z_]+/g) ?? [])
      .filter((id) => !sample.includes(`id: ${id}`));

    expect(unknown).toEqual([]);
  });

  it('has every command that a page tells somebody to type', () => {
    const pages = globSync('{README.md,docs/**/*.md}', { cwd: root });

    const unknown = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/npx trunkline((?: [a-z][a-z-]*)+)/g)].flatMap(
        ([text, words = '']) => (isCommand(words.trim().split(' ')) ? [] : [`${page}: ${text}`]),
      ),
    );

    expect(unknown).toEqual([]);
  });

  it('is typed in pages as whoever has a clone types it', () => {
    const pages = globSync('{README.md,docs/**/*.md}', { cwd: root });

    const bare = pages.filter((page) => /^(?:\$ )?trunkline /m.test(readFileSync(join(root, page), 'utf8')));

    expect(bare).toEqual([]);
  });

  it.each([
    [['lag'], ['lag']],
    [['--kafka-brokers', 'send:1', '--json', 'events', 'show', 'lag'], ['events']],
    [['events', '--help'], ['events']],
  ])('%j loads what its first word names, and nothing else', async (words, loaded) => {
    const asked = await createProgram(() => Promise.resolve(), silent, words);

    expect(asked.commands.map((command) => command.name())).toEqual(loaded);
  });

  it.each([[['evnts', 'show']], [['help', 'lag']], [['help']], [['--help']], [['--kafka-brokers']], [[]]])(
    '%j lists every word as its commands do: each may be what is meant',
    async (words) => {
      const asked = await createProgram(() => Promise.resolve(), silent, words);

      expect(listOf(asked)).toEqual(listOf(program));
    },
  );

  it('shows the help of a command of a group by its words', async () => {
    const { exitCode, stdout } = await runCommandLine(['help', 'dlq', 'redrive']);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('trunkline dlq redrive');
  });

  it('that is incomplete is a usage error and shows what there is', async () => {
    const { exitCode, stdout, stderr } = await runCommandLine(['dlq']);

    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain('redrive');
  });

  it('without any word is a usage error and shows every command', async () => {
    const { exitCode, stderr } = await runCommandLine([]);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('doctor');
  });

  it('with --help ends with 0 and writes to stdout', async () => {
    const { exitCode, stdout } = await runCommandLine(['events', 'show', '--help']);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('evt_');
  });

  it('says its version', async () => {
    const { exitCode, stdout } = await runCommandLine(['--version']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^trunkline \d+\.\d+\.\d+ \(node 26\./);
  });

  it('takes --json before and after the command', async () => {
    const before = await runCommandLine(['--json', 'help', 'exit-codes']);
    const after = await runCommandLine(['help', 'exit-codes', '--json']);

    expect(JSON.parse(before.stdout)).toEqual(JSON.parse(after.stdout));
  });

  it.each([
    [['events', 'show', 'evt_short', '--kafka-brokers', 'a:1', '--registry-url', 'http://x'], 'no id'],
    [['trace', 'xyz', '--zipkin-url', 'http://x'], 'neither a trace id'],
    [['dlq', 'redrive', 'payments'], 'either --id'],
    [['dlq', 'redrive', 'payments', '--all', '--id', 'evt_x'], 'either --id'],
    [['dlq', 'discard', 'payments', '--id', 'evt_x'], '--reason'],
    [['dlq', 'show', 'evt_short'], 'names no dead letter'],
    [['dlq', 'show', 'payments.dlt', '0'], 'names no dead letter'],
    [['dlq', 'redrive', 'payments', '--id', 'evt_short', '--kafka-brokers', 'a:1'], 'names no dead letter'],
    [['dlq', 'list', 'payments', '--since', 'yesterday'], '2025-01-31T12:00:00Z'],
    [['dlq', 'list', 'payments', '--all', '--job', 'rpl_1'], 'as `trunkline jobs list` names it'],
    [['topics', 'plan'], 'TRUNKLINE_KAFKA_BROKERS'],
    [['topics', 'plan', '--kafka-brokers', 'not a broker'], 'host:port'],
    [['topics', 'plan', '--kafka-brokers', 'a:1', '--partitions', '0'], '--partitions'],
    [
      ['topics', 'plan', '--kafka-brokers', 'a:1', '--retry-tiers', '1m,10s'],
      '--retry-tiers or TRUNKLINE_RETRY_TIERS: retry tiers are listed shortest first',
    ],
    [['acls', 'plan', '--kafka-brokers', 'a:1', '--retry-tiers', 'soon'], 'retry tier "soon"'],
    [['endpoints', 'show', 'nonsense'], '"nonsense" is no endpoint'],
    [['undelivered', '--endpoint', 'nonsense'], '"nonsense" is no endpoint'],
    [['api-keys', 'rotate', 'nonsense'], 'a key is named by key_'],
    [['send', 'stripe', 'x', '--times', '0'], 'from 1 to'],
    [['help', 'nothing'], "no command 'nothing'"],
  ])('%j is refused as a mistake that is named', async (words, reason) => {
    const { exitCode, stderr, stdout } = await runCommandLine(words);

    expect(exitCode).toBe(2);
    expect(stderr + stdout).toContain(reason);
  });

  it.each([
    [['dlq', 'list', 'payments', '--code', 'decode_faild'], 'decode_failed'],
    [['dlq', 'list', 'payments', '--type', 'payments.payment.suceeded'], 'payments.payment.succeeded'],
    [['events', 'tail', '--type', 'payments.payment.suceeded'], 'payments.payment.succeeded'],
    [['events', 'tail', 'payments.payment.v2'], 'payments.payment.v1'],
    [['lag', 'payment'], 'payments'],
  ])('%j is refused with what was probably meant', async (words, meant) => {
    const { exitCode, stderr } = await runCommandLine([
      ...words,
      '--kafka-brokers',
      'a:1',
      '--registry-url',
      'http://x',
    ]);

    expect(exitCode).toBe(3);
    expect(stderr).toContain(`did you mean "${meant}"?`);
  });

  it('with an unknown group or provider names those there are', async () => {
    const group = await runCommandLine(['dlq', 'list', 'payment', '--json']);

    expect(group.exitCode).toBe(3);
    expect(JSON.parse(group.stdout).error.message).toContain('payments');
  });
});

/** What help says of each word. */
function listOf(asked: Command): readonly string[] {
  const help = asked.createHelp();
  return asked.commands.map((command) => `${help.subcommandTerm(command)}  ${help.subcommandDescription(command)}`);
}

function nameOf(command: Command): string {
  const above = command.parent;
  return above?.parent ? `${above.name()} ${command.name()}` : command.name();
}

/** Whether the words lead to a command; what comes behind a command without others are its arguments. */
function isCommand([first, ...rest]: readonly string[], within: Command = program): boolean {
  if (first === undefined || within.commands.length === 0) return true;
  if (first === 'help') return true;
  const found = within.commands.find((command) => command.name() === first);
  return found !== undefined && isCommand(rest, found);
}
