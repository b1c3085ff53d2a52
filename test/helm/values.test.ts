/** What values.schema.json refuses, which needs no Helm; validate.test.ts has what the templates refuse. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readEnvironment, runtimeConfig } from '@trunkline/runtime';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { configOf, services, variablesOfService } from '../../scripts/variables/variables.ts';
import { chartFolder, valueSets, valuesFile } from './helm.ts';

interface Setting {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Setting[];
  readonly $ref?: string;
}

interface ValuesSchema {
  readonly definitions: Readonly<Record<string, Setting>>;
  readonly properties: {
    readonly services: {
      readonly properties: Readonly<
        Record<
          string,
          { readonly properties: { readonly config: { readonly properties: Readonly<Record<string, Setting>> } } }
        >
      >;
    };
  };
}

const schema = JSON.parse(readFileSync(join(chartFolder, 'values.schema.json'), 'utf8')) as ValuesSchema;
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

function complaints(values: unknown): readonly string[] {
  if (validate(values)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

describe('the schema of the values', () => {
  it('takes the defaults and every value set', () => {
    const files = [join(chartFolder, 'values.yaml'), ...valueSets.map(valuesFile)];

    expect(files.flatMap((file) => complaints(parse(readFileSync(file, 'utf8'))))).toEqual([]);
  });

  it.each([
    ['a service that there is not', { services: { payment: {} } }, 'payment'],
    ['no pod at all', { services: { payments: { replicas: 0 } } }, '/services/payments/replicas'],
    ['a level that is none', { config: { TRUNKLINE_LOG_LEVEL: 'loud' } }, 'TRUNKLINE_LOG_LEVEL'],
    ['less grace than a process takes', { config: { TRUNKLINE_GRACE_MS: 500 } }, 'TRUNKLINE_GRACE_MS'],
    [
      'a variable that nobody reads',
      { config: { TRUNKLINE_TRUSTED_PROXYS: '10.0.0.0/8' } },
      'TRUNKLINE_TRUSTED_PROXYS',
    ],
    [
      'a setting of another service',
      { services: { payments: { config: { TRUNKLINE_INGRESS_WORKERS: 2 } } } },
      'TRUNKLINE_INGRESS_WORKERS',
    ],
    [
      'more workers than are run',
      { services: { ingress: { config: { TRUNKLINE_INGRESS_WORKERS: 65 } } } },
      'TRUNKLINE_INGRESS_WORKERS',
    ],
    ['what the chart decides', { config: { TRUNKLINE_OPERATOR_HOST: '127.0.0.1' } }, 'TRUNKLINE_OPERATOR_HOST'],
    ['a secret', { secrets: { installationKey: 'ab' } }, 'installationKey'],
    [
      'a secret in a setting',
      { config: { TRUNKLINE_DATABASE_URL: 'postgres://u:p@db/trunkline' } },
      'TRUNKLINE_DATABASE_URL',
    ],
    ['a digest that is none', { image: { digest: 'sha256:abc' } }, '/image/digest'],
    ['a broker without a port', { kafka: { brokers: ['kafka-1'] } }, '/kafka/brokers/0'],
    ['a login in an address', { registry: { url: 'http://user:secret@registry' } }, '/registry/url'],
    ['memory without a limit', { services: { crm: { resources: { limits: {} } } } }, '/services/crm/resources/limits'],
    ['memory in bytes', { services: { crm: { resources: { limits: { memory: 512 } } } } }, '/limits/memory'],
    ['a unit that there is not', { defaults: { resources: { limits: { memory: '512MB' } } } }, '/limits/memory'],
    [
      'an address without a mask',
      { networkPolicy: { egress: { kafka: { to: [{ ipBlock: { cidr: '10.20.0.0' } }] } } } },
      '/kafka/to/0/ipBlock/cidr',
    ],
    [
      'a mask that there is not',
      { networkPolicy: { egress: { internet: { to: [{ ipBlock: { cidr: '10.20.0.0/33' } }] } } } },
      '/internet/to/0/ipBlock/cidr',
    ],
    ['a selector misspelled', { networkPolicy: { webhooksFrom: [{ podselector: {} }] } }, '/webhooksFrom/0'],
    ['a peer that is nobody', { networkPolicy: { metricsFrom: [{}] } }, '/metricsFrom/0'],
    ['a Gateway without a name', { expose: { gateway: { parentRefs: [{ namespace: 'a' }] } } }, '/parentRefs/0'],
    [
      'a toleration of no kind',
      { services: { crm: { tolerations: [{ key: 'apps', operator: 'Exist' }] } } },
      '/tolerations/0/operator',
    ],
    ['text where a number is meant', { services: { ingress: { replicas: '3' } } }, '/services/ingress/replicas'],
  ])('refuses %s', (_what, values, place) => {
    const found = complaints(values);

    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((complaint) => !complaint.includes(place))).toEqual([]);
  });

  it.each(services)('means by a setting of %s what the service means', async (service) => {
    const known = schema.properties.services.properties[service]?.properties.config.properties ?? {};
    const config = await configOf(service);
    const problemsOf = (name: string, value: string | number | boolean): readonly string[] =>
      [config, runtimeConfig].flatMap((one) => {
        const reading = readEnvironment(one, { [name]: String(value) });
        const problems = reading.ok ? [] : reading.problems.filter(({ variable }) => variable === name);
        return problems.map(({ problem }) => problem).filter((problem) => !comparison.test(problem));
      });
    for (const [name, setting] of Object.entries(known)) {
      const { taken, refused } = examplesOf(setting);
      const refusals = (value: string | number | boolean): object => ({
        name,
        value,
        bySchema: complaints({ services: { [service]: { config: { [name]: value } } } }).length > 0,
        byService: problemsOf(name, value).length > 0,
      });
      for (const value of taken) expect(refusals(value)).toEqual({ name, value, bySchema: false, byService: false });
      for (const value of refused) expect(refusals(value)).toEqual({ name, value, bySchema: true, byService: true });
    }
    const names = (await variablesOfService(service)).map(({ name }) => name);
    expect(Object.keys(known).filter((name) => !names.includes(name))).toEqual([]);
    expect(Object.keys(known).length).toBeGreaterThan(5);
  });
});

/** What is wrong only beside another setting, which no schema of one value knows. */
const comparison = /^must be (?:longer than|at least twice) TRUNKLINE_/;

interface Examples {
  readonly taken: readonly (string | number | boolean)[];
  readonly refused: readonly (string | number | boolean)[];
}

/** The ends of what a setting may be, and what is just outside. */
function examplesOf(setting: Setting): Examples {
  const { type, minimum, maximum, enum: values, anyOf, $ref } = setting;
  if ($ref !== undefined) return examplesOf(schema.definitions[$ref.replace('#/definitions/', '')] ?? {});
  if (anyOf !== undefined) {
    const each = anyOf.map(examplesOf);
    return { taken: each.flatMap(({ taken }) => taken), refused: each.flatMap(({ refused }) => refused) };
  }
  if (minimum !== undefined && maximum !== undefined)
    return { taken: [minimum, maximum], refused: [minimum - 1, maximum + 1] };
  if (values !== undefined) return { taken: values, refused: [`no ${values[0]}`] };
  if (type === 'boolean') return { taken: [true, false], refused: ['maybe'] };
  return { taken: [], refused: [] };
}
