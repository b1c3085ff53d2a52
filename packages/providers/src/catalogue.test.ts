import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { providerNamed, providers } from './catalogue.ts';

/** What the providers are made of, which is no provider itself. */
const shared = new Set(['contract', 'schemes', 'testing']);
const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !shared.has(entry.name))
  .map(({ name }) => name);

describe('the catalogue', () => {
  it('has a line for every folder, and a folder for every line', () => {
    const named = providers.map(({ name }) => name);

    expect(named.toSorted()).toEqual(folders.toSorted());
    expect(named.filter((name) => providerNamed(name)?.name !== name)).toEqual([]);
  });

  it.for(folders)('runs the conformance suite for %s, fixtures included', (folder) => {
    const test = readFileSync(path.join(import.meta.dirname, folder, `${folder}.test.ts`), 'utf8');

    expect(test).toMatch(/^\s*describeProvider\(/m);
    expect(test).toMatch(/^\s*fixtures: true,$/m);
  });

  it.for(folders)('has the request and the events of every fixture of %s', (folder) => {
    const directory = path.join(import.meta.dirname, folder, 'fixtures');
    const files = existsSync(directory) ? readdirSync(directory) : [];
    const namesOf = (ending: string): readonly string[] =>
      files.filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));

    const requests = namesOf('.request.json');

    expect(requests).not.toEqual([]);
    expect(namesOf('.events.json').toSorted()).toEqual(requests.toSorted());
    expect(files).toHaveLength(2 * requests.length);
  });
});
