import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from '@trunkline/installation';
import type { SourcesWatch } from '@trunkline/sources';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { tellSources } from './sources.ts';

let directory: string;
let sourcesFile: string;
let said: string[];
let watch: SourcesWatch;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tell-sources-'));
  sourcesFile = join(directory, 'trunkline.yaml');
  said = [];
  writeFileSync(sourcesFile, fileOf('src_a'));
  watch = await tellSources({
    sourcesFile,
    secretsFile: join(directory, 'secrets.env'),
    env: { GITHUB_SECRET: 'a-secret-of-sixteen-bytes' },
    say: (line) => said.push(line),
  });
});
afterEach(async () => {
  await watch.close();
  rmSync(directory, { recursive: true });
});

const everything = (): string => said.join('\n');

it('an id that is renamed is told as one added and one lost, with what becomes of the lost', async () => {
  writeFileSync(sourcesFile, fileOf('src_b'));

  await until('the change told', () => everything().includes('state: retired'));

  expect(everything()).toMatch(/added: src_b.*lost: src_a/);
});

it('a broken edit is told with its line, and that the last good state stays', async () => {
  writeFileSync(sourcesFile, fileOf('src_a').replace('provider: github', 'provider: gihub'));

  await until('the mistake told', () => everything().includes('broken'));

  expect(everything()).toMatch(/stays in force\n.*trunkline\.yaml:\d+:\d+ sources\[0\]\.provider/);
});

function fileOf(id: string): string {
  return `version: 1
tenants:
  - id: tnt_a
    name: A
sources:
  - id: ${id}
    tenant: tnt_a
    provider: github
    secrets: ['env:GITHUB_SECRET']
`;
}
