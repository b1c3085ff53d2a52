/** The table of metrics and the places that count: what is in one is in the other. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { type emitters, metricNames } from '@trunkline/runtime';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Where whoever counts has its code; every other emitter is the service of its name. */
const foldersOfPackages: readonly (readonly [folder: string, emitter: keyof typeof emitters])[] = [
  ['packages/runtime/src/', 'every'],
  ['packages/consumer/src/', 'consumers'],
  ['packages/relay/src/', 'askers'],
  ['packages/connections/src/', 'callers'],
  // The one service that has an HTTP API.
  ['packages/http-api/src/', 'delivery'],
];

function emitterOf(file: string): string {
  return foldersOfPackages.find(([folder]) => file.startsWith(folder))?.[1] ?? file.split('/')[1] ?? file;
}

/** `name of emitter`, of each call that counts, records or reads a gauge. */
function counted(): readonly string[] {
  const files = globSync('{packages,services}/*/src/**/*.ts', { cwd: root }).filter(
    (file) => !file.includes('/testing/') && !file.endsWith('.test.ts'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const calls = text.matchAll(/\.(?:count|seconds|gauge|gauges)\(\s*'(?<name>[a-z0-9_]+)'/g);
    return [...calls].map(({ groups }) => `${groups?.['name']} of ${emitterOf(file)}`);
  });
}

describe('the table of metrics', () => {
  it('names what is counted, and whoever counts it', () => {
    const inTable = Object.entries(metricNames).flatMap(([name, { from }]) => from.map((each) => `${name} of ${each}`));

    expect(inTable.toSorted()).toEqual([...new Set(counted())].toSorted());
  });

  it('ends the name of a counter with _total, and that of anything in seconds or bytes with the unit', () => {
    const wrong = Object.entries(metricNames).filter(
      ([name, { kind, unit }]) =>
        (kind === 'counter') !== name.endsWith('_total') ||
        (['seconds', 'bytes'].includes(unit) && !name.endsWith(`_${unit}`) && kind !== 'gauge'),
    );

    expect(wrong).toEqual([]);
  });
});
