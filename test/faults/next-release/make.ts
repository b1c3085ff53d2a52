/**
 * A next release to upgrade to: a copy of this checkout with a change of each kind that a release may bring, made as whoever
 * contributes it would. A field of an Avro record, in the middle of it, is stated by the ingress and kept by a consumer in a
 * column that a migration adds; and a group reads a topic that it did not read before.
 *
 * A copy and not the last release: each change is in every run, also in a shallow clone, and a row that is red tells of the
 * tree that is tested and not of one long ago.
 */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

import type { Mutation } from '@trunkline/testkit';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const commandDeadlineMs = 120_000;

/** Nothing of it is needed to generate what follows from the changes, or to run services and the command line. */
const leftOut: ReadonlySet<string> = new Set(['coverage', 'dist', 'node_modules', 'test', 'test-results']);
/** But for the consumer of the fault suite, and what the page of capacities is reckoned with. */
const neededTests: readonly string[] = ['test/faults/tally', 'test/bench/statistics.ts'];

interface Edit {
  readonly file: string;
  /** Exact text, which must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

const edits: readonly Edit[] = [
  {
    file: 'schemas/payments/payment.avsc',
    find: '    { "name": "providerStatus",',
    replace:
      '    { "name": "upgradeNote", "type": ["null", "string"], "default": null, "doc": "What only the next release knows." },\n    { "name": "providerStatus",',
  },
  {
    file: 'packages/providers/src/stripe/payment.ts',
    find: "  reader.state('providerStatus', 'status', readText);",
    replace: "  reader.say('upgradeNote', 'next');\n  reader.state('providerStatus', 'status', readText);",
  },
  {
    file: 'services/payments/src/handlers/payment.ts',
    find: "    providerStatus: 'text',",
    replace: "    upgradeNote: 'text',\n    providerStatus: 'text',",
  },
  {
    file: 'test/faults/tally/src/app.ts',
    find: 'handlers: () => [tally]',
    replace:
      "handlers: () => [tally, { ...tally, name: 'bookings', topic: 'calendar.booking.v1', types: ['calendar.booking.confirmed'] }]",
  },
];

const migrations = 'services/payments/migrations';
const migration: string = join(import.meta.dirname, 'upgrade-note.sql');

export interface NextRelease {
  /** The root of its checkout. */
  readonly checkout: string;
  /** Runs its command line, `trunkline …`. */
  trunkline(words: readonly string[], env: Readonly<Record<string, string>>): Promise<void>;
  remove(): void;
}

/** With a safeguard undone in what is changed here, if it is one of that. */
export async function makeNextRelease(mutation: Mutation | undefined): Promise<NextRelease> {
  const checkout = mkdtempSync(join(tmpdir(), 'trunkline-next-release-'));
  const remove = (): void => rmSync(checkout, { recursive: true, force: true });
  try {
    // Postgres reads no migration itself, but whoever runs as another user must find the code.
    chmodSync(checkout, 0o755);
    for (const entry of [...readdirSync(root).filter(isCopied), ...neededTests])
      cpSync(join(root, entry), join(checkout, entry), { recursive: true, filter: (path) => isCopied(basename(path)) });
    linkModules(checkout);
    for (const { file, find, replace } of edits) edit(join(checkout, file), { find, replace });
    const added = join(checkout, migrations, nextMigration());
    cpSync(migration, added);
    if (mutation !== undefined && mutation.file === relative(root, migration)) edit(added, mutation);
    await node(checkout, ['scripts/generate.ts', '--release'], {});
  } catch (error) {
    remove();
    throw error;
  }
  return {
    checkout,
    trunkline: (words, env) => node(checkout, ['packages/cli/src/main.ts', ...words], env),
    remove,
  };
}

function isCopied(name: string): boolean {
  return !leftOut.has(name) && !name.startsWith('.') && !name.endsWith('.test.ts');
}

/** Its packages are its own; what others wrote is the same as here. */
function linkModules(checkout: string): void {
  const modules = join(checkout, 'node_modules');
  mkdirSync(join(modules, '@trunkline'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@trunkline' && !name.startsWith('.'))
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  const own = join(root, 'node_modules/@trunkline');
  for (const name of readdirSync(own)) {
    const folder = relative(realpathSync(root), realpathSync(join(own, name)));
    symlinkSync(join(checkout, folder), join(modules, '@trunkline', name));
  }
}

function edit(path: string, { find, replace }: Omit<Edit, 'file'>): void {
  const text = readFileSync(path, 'utf8');
  if (text.split(find).length !== 2)
    throw new Error(`the next release cannot be made: ${path} does not have exactly once: ${find}`);
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
}

/** Its number follows the last one. */
function nextMigration(): string {
  const numbers = readdirSync(join(root, migrations)).map((name) => Number.parseInt(name, 10));
  return `${String(Math.max(...numbers) + 1).padStart(3, '0')}-${basename(migration)}`;
}

async function node(checkout: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const inherited = { PATH: dirname(process.execPath), HOME: process.env['HOME'] ?? checkout };
  await run(process.execPath, ['--conditions=@trunkline/source', ...args], {
    cwd: checkout,
    timeout: commandDeadlineMs,
    env: { ...inherited, ...env },
  });
}
