/** Every manifest against the schemas of Kubernetes, of the oldest version that the chart takes and the newest that was looked at. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';

import { valueSets } from './helm.ts';
import { customKinds, definitionOf } from './kubernetes/kinds.ts';
import { type Manifest, manifestsOf } from './manifests.ts';

const versions = ['1.30', '1.37'];

describe.each(versions)('Kubernetes %s', (version) => {
  const check = checkerOf(version);

  it.each(valueSets)('takes every manifest of %s, and knows every field', (set) => {
    const complaints = manifestsOf(set).flatMap((manifest) => check(manifest));

    expect(complaints).toEqual([]);
  });

  it('refuses a field that it does not know, and a kind that nobody named', () => {
    const [deployment] = manifestsOf('minimal').filter(({ kind }) => kind === 'Deployment');
    const changed = structuredClone(deployment) as Manifest & { spec: Record<string, unknown> };
    changed.spec['replicaCount'] = 2;

    expect(check(changed)).toEqual([expect.stringContaining('replicaCount')]);
    expect(check({ ...changed, kind: 'Deploymint' })).toEqual([expect.stringContaining('Deploymint')]);
  });
});

/** What is wrong with a manifest; of custom kinds nothing is known here. */
function checkerOf(version: string): (manifest: Manifest) => readonly string[] {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    formats: { int32: true, int64: true, double: true, byte: true, 'date-time': true },
  });
  ajv.addSchema(JSON.parse(readFileSync(join(import.meta.dirname, 'kubernetes', `${version}.json`), 'utf8')), 'api');
  // Compiled here, where no test waits for it.
  const validators = new Map(
    Object.entries(definitionOf).map(([kind, name]) => [kind, ajv.getSchema(`api#/$defs/${name}`)]),
  );
  return (manifest) => {
    const kind = `${manifest.apiVersion} ${manifest.kind}`;
    if (customKinds.includes(kind)) return [];
    const validate = validators.get(kind);
    if (validate === undefined)
      return [`${kind} is in no table of kinds, or not in test/helm/kubernetes/${version}.json`];
    if (validate(manifest)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${manifest.metadata.name}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}
