import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, describe, expect, it } from 'vitest';

import { runCommandLine } from '../../testing/run-command.ts';
import { withProvider } from './catalogue-line.ts';

const repository = path.resolve(import.meta.dirname, '../../../../..');
const checkout = copyOfProviders();
const sources = path.join(checkout, 'packages/providers/src');
afterAll(() => rmSync(checkout, { recursive: true }));

const create = (...words: string[]): ReturnType<typeof runCommandLine> =>
  runCommandLine(['providers', 'new', ...words], { directory: checkout });

const created = await create('lemon_squeezy', '--title', 'Lemon\'s "Squeezy"', '--domain', 'payments', '--json');
// The suite of the new provider, as it was written, becomes part of this file.
await import(path.join(sources, 'lemon_squeezy', 'lemon_squeezy.test.ts'));

describe('providers new', () => {
  it('writes one folder and one line of the catalogue', () => {
    const folder = path.join(sources, 'lemon_squeezy');

    expect(created.exitCode).toBe(0);
    expect(readdirSync(folder).sort()).toEqual([
      'fixtures',
      'index.ts',
      'lemon_squeezy.test.ts',
      'normalize.ts',
      'verify.ts',
    ]);
    expect(readdirSync(path.join(folder, 'fixtures')).sort()).toEqual([
      'order.created.events.json',
      'order.created.request.json',
    ]);
    expect(JSON.parse(created.stdout).files).toHaveLength(7);
    expect(readFileSync(path.join(sources, 'catalogue.ts'), 'utf8')).toContain('[lemonSqueezy, generic] as const');
  });

  it('writes code that compiles', { timeout: 60_000 }, async () => {
    const tsconfig = path.join(checkout, 'tsconfig.json');
    writeFileSync(
      tsconfig,
      JSON.stringify({
        extends: path.join(repository, 'tsconfig.json'),
        compilerOptions: { skipLibCheck: true, types: ['node'] },
        include: ['packages/providers/src/lemon_squeezy', 'packages/providers/src/catalogue.ts'],
      }),
    );

    const compiled = promisify(execFile)(
      process.execPath,
      [path.join(repository, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', tsconfig],
      { timeout: 50_000 },
    );

    await expect(compiled).resolves.toMatchObject({ stdout: '' });
  });

  it('writes code as the formatter would', async () => {
    const folder = path.join(sources, 'lemon_squeezy');
    const files = readdirSync(folder).flatMap((file) => (file.endsWith('.ts') ? [path.join(folder, file)] : []));

    const checked = promisify(execFile)(
      path.join(repository, 'node_modules/.bin/oxfmt'),
      ['--config', path.join(repository, '.oxfmtrc.json'), '--check', ...files, path.join(sources, 'catalogue.ts')],
      { timeout: 8_000 },
    );

    await expect(checked).resolves.toBeDefined();
  });

  it.each([
    [['lemon_squeezy'], 'there already'],
    [['generic'], 'there already'],
    [['contract'], 'there already'],
    [['fixtures'], 'there already'],
    [['Postmark'], 'cannot name a provider'],
    [['post-mark'], 'cannot name a provider'],
    [['../evil'], 'cannot name a provider'],
    [['delete'], 'word of JavaScript'],
    [['postmark', '--domain', 'mail'], 'communications'],
    [['postmark', '--event', '../x'], 'names the files'],
    [['postmark', '--header', 'X Signature'], 'letters, digits'],
  ])('%j is refused and nothing is written', async (words, reason) => {
    const before = readdirSync(sources);

    const { exitCode, stderr } = await create(...words);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(reason);
    expect(readdirSync(sources)).toEqual(before);
  });

  it('outside of a checkout says where it belongs', async () => {
    const { exitCode, stderr } = await runCommandLine(['providers', 'new', 'postmark']);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('in no checkout');
  });
});

describe('a line of the catalogue', () => {
  const catalogue = (names: string): string =>
    [
      "import { apple } from './apple/index.ts';",
      "import type { ProviderDefinition } from './contract/provider.ts';",
      "import { generic } from './generic/index.ts';",
      '',
      names,
      '',
    ].join('\n');

  it('has its import in the order of the others and its name before generic', () => {
    const text = withProvider(catalogue('export const providers = [apple, generic] as const;'), 'cal_com');

    expect(text).toBe(
      catalogue('export const providers = [apple, calCom, generic] as const;').replace(
        'import { generic }',
        "import { calCom } from './cal_com/index.ts';\nimport { generic }",
      ),
    );
  });

  it('breaks a list that grows too long, and goes into one that is broken', () => {
    const names = Array.from({ length: 12 }, (_, index) => `provider${index}`);
    const broken = withProvider(catalogue(`export const providers = [${names.join(', ')}] as const;`), 'last');

    expect(broken).toContain('  provider11,\n  last,\n] as const;');
    expect(withProvider(broken, 'more')).toContain('  last,\n  more,\n] as const;');
  });

  it.each(['export const providers = all();', 'export const providers = [calCom] as const;', ''])(
    'cannot be added to %j',
    (names) => {
      expect(() => withProvider(catalogue(names), 'cal_com')).toThrow('catalogue.ts');
    },
  );
});

/** The providers package without its providers, where a suite can run: imports lead to this repository's packages. */
function copyOfProviders(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'trunkline-scaffold-'));
  const from = path.join(repository, 'packages/providers');
  const to = path.join(directory, 'packages/providers');
  mkdirSync(path.join(to, 'src'), { recursive: true });
  for (const part of ['package.json', 'src/contract', 'src/schemes', 'src/testing', 'src/generic', 'src/fixtures.ts']) {
    cpSync(path.join(from, part), path.join(to, part), { recursive: true });
  }
  writeFileSync(
    path.join(to, 'src/catalogue.ts'),
    "import { generic } from './generic/index.ts';\n\nexport const providers = [generic] as const;\n",
  );
  symlinkSync(path.join(repository, 'node_modules'), path.join(directory, 'node_modules'));
  return directory;
}
