import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Metrics } from '@trunkline/runtime';
import { loadSources, type SourceCatalog } from '@trunkline/sources';
import { describe, expect, it } from 'vitest';

import { sourceGauges } from './source-gauges.ts';

const nowMs = Date.parse('2026-06-01T00:00:00Z');

/** A source with the secrets of `references`, of which the file `old` was written 90 days ago and `new` one day ago. */
async function catalogWith(references: string): Promise<SourceCatalog> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-sources-'));
  for (const [name, days] of [
    ['old', 90],
    ['new', 1],
  ] as const) {
    writeFileSync(join(folder, name), `whsec_${name}`);
    const at = nowMs / 1_000 - days * 86_400;
    utimesSync(join(folder, name), at, at);
  }
  const file = join(folder, 'trunkline.yaml');
  writeFileSync(
    file,
    `version: 1
tenants: [{ id: tnt_demo, name: Demo }]
sources:
  - { id: src_a, tenant: tnt_demo, provider: stripe, account: acct_1, secrets: [${references}] }
`,
  );
  const loaded = await loadSources(file, { env: { A: 'whsec_a' } });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.catalog;
}

function watched(catalog: () => SourceCatalog | undefined): () => readonly unknown[] {
  let read = (): readonly unknown[] => [];
  const metrics: Pick<Metrics, 'gauge' | 'gauges'> = {
    gauge: () => undefined,
    gauges: (_name, given) => {
      read = () => [...given()];
    },
  };
  sourceGauges(metrics, { catalog, problems: () => 0 }, () => nowMs);
  return () => read();
}

describe('the age of the secrets of a source', () => {
  it('is that of the oldest which still counts and stands in a file', async () => {
    const both = await catalogWith('file:old, file:new, env:A');
    const rotated = await catalogWith('{ from: file:old, notAfter: "2026-05-01T00:00:00Z" }, file:new');

    const told = [both, rotated].map((catalog) => watched(() => catalog)());

    const of = (value: number): object => ({ labels: { source: 'src_a' }, value });
    expect(told).toEqual([[of(90 * 86_400)], [of(86_400)]]);
  });

  it('is not told where all of them are variables, and before the file was read', async () => {
    const variables = await catalogWith('env:A');

    expect([watched(() => variables)(), watched(() => undefined)()]).toEqual([[], []]);
  });

  it('is not known any more when the source is gone', async () => {
    let catalog: SourceCatalog | undefined = await catalogWith('file:old');
    const told = watched(() => catalog);
    told();

    catalog = undefined;

    expect(told()).toEqual([{ labels: { source: 'src_a' }, value: Number.NaN }]);
  });
});
