import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Each violates exactly one rule; the file it stands in decides what is allowed. */
const violations = {
  'a library by a package that does not own it': {
    file: 'packages/events/src/a.ts',
    source: `import pg from 'pg';\n\nexport const pool: unknown = pg;\n`,
    says: "'pg' belongs to packages/postgres",
  },
  'a type of a library by a package that does not own it': {
    file: 'packages/events/src/b.ts',
    source: `export type Kafka = import('kafkajs').Kafka;\n`,
    says: "'kafkajs' belongs to packages/kafka",
  },
  'a library imported at run time by a package that does not own it': {
    file: 'packages/events/src/c.ts',
    source: `export async function load(): Promise<unknown> {\n  return import('ioredis');\n}\n`,
    says: "'ioredis' belongs to packages/redis",
  },
  'a library exported again by a package that does not own it': {
    file: 'packages/events/src/d.ts',
    source: `export * from 'pino';\n`,
    says: "'pino' belongs to packages/runtime",
  },
  'infrastructure in a service': {
    file: 'services/payments/src/a.ts',
    source: `import { Kafka } from 'kafkajs';\n\nexport const kafka: unknown = Kafka;\n`,
    says: "'kafkajs' belongs to packages/kafka",
  },
  'a library by a test that is no baseline of a benchmark': {
    file: 'test/bench/a.ts',
    source: `import kafkajs from 'kafkajs';\n\nexport const kafka: unknown = kafkajs;\n`,
    says: "'kafkajs' belongs to packages/kafka",
  },
  'a library that nobody owns': {
    file: 'packages/runtime/src/a.ts',
    source: `import lodash from 'lodash';\n\nexport const x: unknown = lodash;\n`,
    says: "'lodash' has no owner",
  },
  'any outside library in core': {
    file: 'packages/core/src/a.ts',
    source: `import { z } from 'zod';\n\nexport const x: unknown = z;\n`,
    says: 'core has no dependencies',
  },
  'a library that package.json does not declare': {
    file: 'packages/redis/src/a.ts',
    source: `import { Redis } from 'ioredis';\n\nexport const x: unknown = Redis;\n`,
    says: "'ioredis' is missing from the dependencies in packages/redis/package.json",
  },
  'a package against the direction': {
    file: 'packages/events/src/e.ts',
    source: `import type { Publisher } from '@trunkline/kafka';\n\nexport type P = Publisher;\n`,
    says: 'packages/events may not import @trunkline/kafka: it may import only core',
  },
  'anything of the workspace in core': {
    file: 'packages/core/src/b.ts',
    source: `export * from '@trunkline/events';\n`,
    says: 'packages/core may not import @trunkline/events: it may import no workspace package',
  },
  'a service by anybody': {
    file: 'packages/cli/src/a.ts',
    source: `export * from '@trunkline/payments';\n`,
    says: 'nobody imports a service',
  },
  'the test kit in shipped code': {
    file: 'services/ingress/src/a.ts',
    source: `export * from '@trunkline/testkit';\n`,
    says: 'services/ingress may not import @trunkline/testkit',
  },
  'the test runner in shipped code': {
    file: 'services/ingress/src/b.ts',
    source: `export { expect } from 'vitest';\n`,
    says: "'vitest' is for tests",
  },
  'a test in shipped code': {
    file: 'services/ingress/src/c.ts',
    source: `export * from './c.test.ts';\n`,
    says: 'shipped code may not import it',
  },
  'what another package exports for tests only, in shipped code': {
    file: 'services/ingress/src/d.ts',
    source: `export * from '@trunkline/redis/testing';\n`,
    says: 'shipped code may not import it',
  },
  'a file deep in another package': {
    file: 'packages/kafka/src/b.ts',
    source: `export * from '@trunkline/core/src/ids.ts';\n`,
    says: 'reaches into a package',
  },
  'a relative path into another package': {
    file: 'packages/kafka/src/deep/c.ts',
    source: `export * from '../../../core/src/ids.ts';\n`,
    says: 'leaves packages/kafka: import @trunkline/core instead',
  },
  'a promise returned out of a try block': {
    file: 'packages/core/src/p.ts',
    source: `async function f(): Promise<number> {\n  return 1;\n}\n\nexport async function g(): Promise<number> {\n  try {\n    return f();\n  } catch {\n    return 2;\n  }\n}\n`,
    says: 'awaited promise is required',
  },
  'a circle of files': {
    file: 'packages/core/src/round.ts',
    source: `import { about } from './about.ts';\n\nexport function round(): number {\n  return about();\n}\n`,
    says: 'Dependency cycle',
  },
  'a forgotten promise': {
    file: 'packages/core/src/c.ts',
    source: `async function f(): Promise<void> {}\n\nexport function g(): void {\n  f();\n}\n`,
    says: 'Promises must be awaited',
  },
  'a promise where a boolean is wanted': {
    file: 'packages/core/src/d.ts',
    source: `async function f(): Promise<boolean> {\n  return true;\n}\n\nexport function g(): number {\n  return f() ? 1 : 2;\n}\n`,
    says: 'Expected non-Promise value',
  },
  'a switch that forgets a case': {
    file: 'packages/core/src/e.ts',
    source: `export function f(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n      return;\n  }\n}\n`,
    says: 'Switch is not exhaustive',
  },
  'an any': {
    file: 'packages/core/src/f.ts',
    source: `function f(x: any): unknown {\n  return x;\n}\n\nexport const y: unknown = f(1);\n`,
    says: 'Unexpected `any`',
  },
  'an exclamation mark': {
    file: 'packages/core/src/g.ts',
    source: `export function f(x: string | undefined): string {\n  return x!;\n}\n`,
    says: 'non-null assertion',
  },
  'a cast without a reason': {
    file: 'packages/core/src/h.ts',
    source: `export function f(x: unknown): string {\n  return x as string;\n}\n`,
    says: 'A cast needs a comment',
  },
  'a thrown text': {
    file: 'packages/core/src/i.ts',
    source: `export function f(): never {\n  throw 'text';\n}\n`,
    says: 'Expected an error object to be thrown',
  },
  'an unsafe call on what JSON.parse gave': {
    file: 'packages/core/src/j.ts',
    source: `export function f(text: string): unknown {\n  return JSON.parse(text)();\n}\n`,
    says: 'Unsafe call',
  },
  'the environment read outside the config file': {
    file: 'services/payments/src/app.ts',
    source: `export const x: unknown = process.env['X'];\n`,
    says: 'process.env',
  },
  'the environment imported': {
    file: 'services/payments/src/b.ts',
    source: `import { env } from 'node:process';\n\nexport const x: unknown = env['X'];\n`,
    says: "'env' import from 'node:process' is restricted",
  },
  'a console outside the CLI': {
    file: 'services/payments/src/c.ts',
    source: `export function f(): void {\n  console.log('x');\n}\n`,
    says: 'console',
  },
  'four parameters': {
    file: 'packages/core/src/k.ts',
    source: `export function f(a: number, b: number, c: number, d: number): number {\n  return a + b + c + d;\n}\n`,
    says: 'too many parameters',
  },
  'more than 400 lines': {
    file: 'packages/core/src/l.ts',
    source: `${'//\n'.repeat(400)}export const x = 1;\n`,
    says: 'too many lines',
  },
  'an exported function that does not state its types': {
    file: 'packages/core/src/m.ts',
    source: `export function f() {\n  return 1;\n}\n`,
    says: 'return type',
  },
  'a program of the documentation that uses our code': {
    file: 'docs/how-to/subscribe/ours.mjs',
    source: `import { topics } from '@trunkline/events';\n\nconsole.log(topics);\n`,
    says: "'@trunkline/events' is ours",
  },
  'a test that is switched off': {
    file: 'packages/core/src/n.test.ts',
    source: `import { expect, it } from 'vitest';\n\nit.skip('holds', () => {\n  expect(1).toBe(1);\n});\n`,
    says: 'Disabled test',
  },
} as const;

/** Allowed as they stand, each close to one of the violations. */
const innocent: Readonly<Record<string, string>> = {
  'packages/redis/package.json': JSON.stringify({
    name: '@trunkline/redis',
    exports: { './testing': { '@trunkline/source': './src/testing/index.ts' } },
  }),
  'packages/core/src/about.ts': `import { round } from './round.ts';\n\nexport function about(): number {\n  return round();\n}\n`,
  'packages/postgres/src/a.ts': `import pg from 'pg';\n\nexport const pool: unknown = pg;\n`,
  'packages/kafka/src/a.test.ts': `import { randomBytes } from 'node:crypto';\n\nimport { newDeliveryId } from '@trunkline/core';\nimport * as testkit from '@trunkline/testkit';\nimport { expect, it } from 'vitest';\n\nit('holds', () => {\n  expect([newDeliveryId(1), testkit, randomBytes(1)]).toBeDefined();\n});\n`,
  'test/bench/baselines/a.ts': `import kafkajs from 'kafkajs';\n\nexport const kafka: unknown = kafkajs;\n`,
  'docs/how-to/subscribe/alone.mjs': `import { Kafka } from 'kafkajs';\n\nconsole.log(Kafka);\n`,
  'services/payments/src/config.ts': `export const x: unknown = process.env['X'];\n`,
  'packages/core/src/o.ts': `export function f(x: unknown): string {\n  // The caller has checked it.\n  return x as string;\n}\n`,
  'packages/core/src/generated/long.ts': `${'//\n'.repeat(400)}export const x = 1;\n`,
};

interface Finding {
  readonly filename: string;
  readonly message: string;
}

let folder: string;
let findings: readonly Finding[];

/** One run over a copy of this repository's skeleton: its lint configuration, its manifests, and the files above. */
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'trunkline-lint-')));
  const skeleton = [
    ...globSync('{packages,services}/*/package.json', { cwd: root }),
    'package.json',
    'tsconfig.json',
    'tsconfig.base.json',
    'oxlint.config.ts',
    'scripts/lint',
  ];
  for (const path of skeleton) cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const files = { ...innocent, ...Object.fromEntries(Object.values(violations).map((v) => [v.file, v.source])) };
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  const run = spawnSync(
    join(root, 'node_modules/.bin/oxlint'),
    ['-f', 'json', 'packages', 'services', 'test', 'docs'],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  if (run.status !== 1) throw new Error(`the lint did not run: ${run.stderr}`);
  findings = (JSON.parse(run.stdout) as { readonly diagnostics: readonly Finding[] }).diagnostics;
}, 90_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function findingsIn(file: string): readonly string[] {
  return findings.filter(({ filename }) => filename === file).map(({ message }) => message);
}

describe('the lint refuses', () => {
  it.each(Object.entries(violations))('%s', (_name, { file, says }) => {
    expect(findingsIn(file)).toEqual([expect.stringContaining(says)]);
  });
});

describe('the lint accepts', () => {
  // The file named "about" is the other half of the circle, so it is reported too.
  const accepted = Object.keys(innocent).filter((file) => /\.(ts|mjs)$/.test(file) && !file.endsWith('about.ts'));

  it.each(accepted)('%s', (file) => {
    expect(findingsIn(file)).toEqual([]);
  });
});
