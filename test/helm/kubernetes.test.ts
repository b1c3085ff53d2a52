/** Every manifest against the schemas of Kubernetes, of the oldest version that the chart takes and the newest that was looked at. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { chartFolder, valueSets } from './helm.ts';
import { customDefinitionOf, definitionOf, unknownKinds } from './kubernetes/kinds.ts';
import { type Manifest, manifestsOf } from './manifests.ts';

const versions = ['1.30', '1.37'];
// Written by make-custom-schemas.ts: JSON Schemas by their kinds.
const customSchemas = JSON.parse(readFileSync(join(import.meta.dirname, 'kubernetes/custom.json'), 'utf8')) as Readonly<
  Record<string, object>
>;

/** No value set has it, because it would be most of the render: the chart puts this file in, and nothing else. */
const rules: Manifest = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'rules', labels: {} },
  // A file of our own generator.
  spec: parse(readFileSync(join(chartFolder, 'files/rules/trunkline.yaml'), 'utf8')) as Manifest['spec'],
};

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

  it.each(Object.keys(customDefinitionOf))('takes a %s, and refuses a field that it does not have', (kind) => {
    const manifest = [rules, ...valueSets.flatMap((set) => manifestsOf(set))].find(
      (each) => `${each.apiVersion} ${each.kind}` === kind,
    );
    if (manifest === undefined) throw new Error(`no value set makes a ${kind}`);

    expect(check(manifest)).toEqual([]);
    expect(check({ ...manifest, spec: { ...manifest.spec, surplus: 2 } })).toEqual([
      expect.stringContaining('surplus'),
    ]);
  });
});

/** What is wrong with a manifest; of unknown kinds nothing is known here. */
function checkerOf(version: string): (manifest: Manifest) => readonly string[] {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    formats: { int32: true, int64: true, double: true, byte: true, 'date-time': true },
  });
  ajv.addSchema(JSON.parse(readFileSync(join(import.meta.dirname, 'kubernetes', `${version}.json`), 'utf8')), 'api');
  // Compiled here, where no test waits for it.
  const validators = new Map([
    ...Object.entries(definitionOf).map(([kind, name]) => [kind, ajv.getSchema(`api#/$defs/${name}`)] as const),
    ...Object.keys(customDefinitionOf).map(
      (kind) => [kind, customSchemas[kind] && ajv.compile(customSchemas[kind])] as const,
    ),
  ]);
  return (manifest) => {
    const kind = `${manifest.apiVersion} ${manifest.kind}`;
    if (unknownKinds.includes(kind)) return [];
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
