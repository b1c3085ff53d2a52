/** What the renders say of the services, against what the services say of themselves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { aclPlan, retryTiers } from '@trunkline/operations';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { serviceManifests } from '../../scripts/services.ts';
import { knownVariables, variablesOfService } from '../../scripts/variables/variables.ts';
import { chartFolder, valueSets } from './helm.ts';
import {
  containersOf,
  type EnvVariable,
  type Labels,
  type Manifest,
  manifestsOf,
  ofKind,
  secretFiles,
  selects,
  workloadsOf,
} from './manifests.ts';

const root = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
const services = serviceManifests().map(({ name }) => name);
const sdkVariables = ['OTEL_TRACES_EXPORTER', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

describe('the chart', () => {
  it('has the version of everything else, and is rendered with it', () => {
    const chart = parse(readFileSync(join(chartFolder, 'Chart.yaml'), 'utf8')) as Readonly<Record<string, string>>;

    expect([chart['version'], chart['appVersion']]).toEqual([version, version]);
  });

  it('has a workload for each service, started as the image has it', () => {
    const started = workloadsOf(manifestsOf('minimal')).flatMap(({ kind, component, pod }) =>
      kind === 'Deployment' ? [[component, pod.containers[0]?.args[0]]] : [],
    );

    expect(Object.fromEntries(started)).toEqual(
      Object.fromEntries(services.map((name) => [name, `services/${name}/dist/main.js`])),
    );
  });

  it('leaves out what is switched off, and makes no budget for a single pod', () => {
    const manifests = manifestsOf('one-domain');

    expect(ofKind(manifests, 'Deployment').map(({ metadata }) => metadata.name)).toEqual([
      'trunkline-ingress',
      'trunkline-payments',
    ]);
    expect(ofKind(manifests, 'PodDisruptionBudget')).toEqual([]);
    expect(ofKind(manifests, 'Job')).toEqual([]);
  });

  it('gives pods time to end: the sleep before, what the process takes, and a moment', () => {
    const times = (set: string) => workloadsOf(manifestsOf(set)).map(({ pod }) => pod.terminationGracePeriodSeconds);

    expect(times('minimal')).toContain(5 + 9 + 5);
    expect(times('production')).toContain(5 + 20 + 5);
  });

  it('lets no topic of Strimzi go with the release', () => {
    const topics = ofKind(manifestsOf('strimzi'), 'KafkaTopic');

    expect(topics.length).toBeGreaterThan(10);
    expect(new Set(topics.map(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy']))).toEqual(
      new Set(['keep']),
    );
  });

  it('lets who scales a workload count its pods', () => {
    const manifests = manifestsOf('autoscaling');
    const scaled = [...ofKind(manifests, 'ScaledObject'), ...ofKind(manifests, 'HorizontalPodAutoscaler')].map(
      ({ metadata }) => metadata.name,
    );
    const counted = ofKind(manifests, 'Deployment').flatMap(({ metadata, spec }) =>
      spec['replicas'] === undefined ? [metadata.name] : [],
    );

    expect(scaled.toSorted()).toEqual(counted.toSorted());
    expect(scaled).toContain('trunkline-ingress');
    expect(scaled).toContain('trunkline-payments');
    expect(scaled).not.toContain('trunkline-journal');
  });

  it('gives each user of Strimzi what `trunkline acls apply` would (npm run helm renews the render)', () => {
    const users = ofKind(manifestsOf('strimzi'), 'KafkaUser');
    const given = users.flatMap(({ metadata, spec }) => strimziRules(metadata.name, spec)).toSorted();
    const planned = aclPlan({ retryTiers }).map(
      ({ user, resource, name, beginsWith, operation }) =>
        `${user} ${operation.replaceAll('_', '')} ${resource} staging.${name}${beginsWith === true ? '*' : ''}`,
    );

    expect(given).toEqual(planned.toSorted());
  });
});

describe('docs/how-to/deploy.md', () => {
  it('names every key that a pod wants in a Secret, and every one that it names is wanted', () => {
    const wanted = valueSets
      .flatMap((set) => workloadsOf(manifestsOf(set)))
      .flatMap((workload) => [...secretFiles(workload).values()])
      // Of one value set alone; those of Strimzi and of authorities are made by others.
      .filter((key) => !key.endsWith('.crt') && !/\/(?:password|vault-key-.*)$/.test(key))
      .map((key) => key.slice(key.indexOf('/') + 1))
      .map((key) => services.reduce((name, service) => name.replace(new RegExp(`-${service}$`), '-<service>'), key));
    // No value set shows certificates to the brokers.
    const certificates = ['kafka-cert-<service>', 'kafka-key-<service>'];
    const page = readFileSync(join(root, 'docs/how-to/deploy.md'), 'utf8');
    const named = page.split('\n').flatMap((line) => {
      const [, cell = ''] = /^\| ((?:`[^`]+`(?:, )?)+) \| /.exec(line) ?? [];
      return [...cell.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key);
    });

    const keys = named.filter((key) => /^[a-z-]+(?:<service>)?$/.test(key));
    expect([...new Set(keys)].toSorted()).toEqual([...new Set([...wanted, ...certificates])].toSorted());
  });
});

// What every service reads is imported here, once: seconds, many on a busy machine.
beforeAll(() => knownVariables(), 120_000);

describe.each(valueSets)('the render %s', (set) => {
  const manifests = manifestsOf(set);
  const workloads = workloadsOf(manifests);
  const deployments = workloads.filter(({ kind }) => kind === 'Deployment');

  it('tells each service only what it reads, and what it cannot do without', async () => {
    for (const { component, pod } of deployments) {
      const variables = await variablesOfService(component);
      const told = (pod.containers[0]?.env ?? []).map(({ name }) => name);
      const known = [...variables.map(({ name }) => name), ...sdkVariables];
      const missing = variables.filter(
        ({ name, required }) => required && !told.includes(name) && !told.includes(`${name}_FILE`),
      );

      expect(
        told.filter((name) => !known.includes(name)),
        component,
      ).toEqual([]);
      expect(
        missing.map(({ name }) => name),
        component,
      ).toEqual([]);
      expect(told, component).toEqual([...new Set(told)]);
    }
  });

  it('tells the command line only what it reads', async () => {
    const known = (await knownVariables()).filter(({ readers }) => readers.includes('trunkline'));
    const told = workloads
      .filter(({ kind }) => kind !== 'Deployment')
      .flatMap(containersOf)
      .flatMap(({ env }) => env.map(({ name }) => name));

    expect(told.filter((name) => !known.some((variable) => variable.name === name))).toEqual([]);
  });

  it('holds no secret: each comes by a file of a Secret that somebody else made', async () => {
    const secrets = (await knownVariables()).filter(({ isSecret }) => isSecret === true).map(({ name }) => name);
    const inline = workloads
      .flatMap(containersOf)
      .flatMap(({ env }) => env)
      .filter(({ name, value }: EnvVariable) => secrets.includes(name) || /:\/\/[^/\s]*:[^/\s]*@/.test(value ?? ''));

    expect(inline).toEqual([]);
    expect(ofKind(manifests, 'Secret')).toEqual([]);
  });

  it('mounts every file that a variable names', () => {
    for (const workload of workloads) {
      const files = secretFiles(workload);
      const named = containersOf(workload)
        .flatMap(({ env }) => env)
        .flatMap(({ value = '' }) => value.match(/\/etc\/trunkline\/(?:secrets|ca)\/[\w.-]+/g) ?? []);

      expect(
        named.filter((file) => !files.has(file)),
        workload.name,
      ).toEqual([]);
    }
  });

  it('gives a service the secrets of no other', () => {
    for (const workload of deployments) {
      const others = services.filter((name) => name !== workload.component);
      const taken = [...secretFiles(workload).values()].filter((key) =>
        others.some((name) => key.endsWith(`-${name}`)),
      );

      expect(taken, workload.name).toEqual([]);
    }
  });

  it('routes to ports that the services listen on', () => {
    for (const service of ofKind(manifests, 'Service')) {
      const { selector, ports } = service.spec as unknown as ServiceSpec;
      const found = deployments.filter(({ podLabels }) => selects(selector, podLabels));
      const listening = found.flatMap(({ pod }) => pod.containers[0]?.ports ?? []);

      expect(found.map(({ name }) => name)).toEqual([service.metadata.name]);
      expect(ports.map(({ targetPort }) => targetPort)).toEqual(listening.map(({ name }) => name));
    }
    const numbers = deployments.flatMap(({ pod }) => pod.containers.flatMap(listensOn));
    expect(numbers.filter(({ told, opened }) => told !== opened)).toEqual([]);
    expect(numbers.length).toBeGreaterThan(deployments.length);
  });

  it('runs one version of one image everywhere', () => {
    const images = new Set(workloads.flatMap(containersOf).map(({ image }) => image));

    expect([...images]).toEqual([imageOf[set] ?? `trunkline:${version}`]);
  });

  it('labels everything as of this release, and finds pods by what never changes', () => {
    const labels = manifests.map(({ metadata }) => metadata.labels);

    expect(labels.filter((own) => !selects(releaseLabels, own))).toEqual([]);
    for (const { spec, metadata } of ofKind(manifests, 'Deployment')) {
      const { matchLabels } = spec['selector'] as { readonly matchLabels: Labels };
      expect(Object.keys(matchLabels), metadata.name).toEqual([
        'app.kubernetes.io/name',
        'app.kubernetes.io/instance',
        'app.kubernetes.io/component',
      ]);
    }
  });

  it('has provision need nothing that it makes itself', () => {
    const made = new Set(manifests.filter(isNoHook).map(({ kind, metadata }) => `${kind} ${metadata.name}`));
    const needed = workloads
      .filter(({ kind }) => kind === 'Job')
      .flatMap(({ pod }) => pod.volumes)
      .flatMap(({ configMap }) => (configMap === undefined ? [] : [`ConfigMap ${configMap.name}`]));

    expect(needed.filter((name) => made.has(name))).toEqual([]);
  });
});

/** Where a value set says another. */
const imageOf: Readonly<Record<string, string>> = {
  production: 'registry.example.com/trunkline@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945',
};

const releaseLabels: Labels = {
  'app.kubernetes.io/name': 'trunkline',
  'app.kubernetes.io/instance': 'trunkline',
  'app.kubernetes.io/version': version,
  'app.kubernetes.io/managed-by': 'Helm',
  'helm.sh/chart': `trunkline-${version}`,
};

interface ServiceSpec {
  readonly selector: Labels;
  readonly ports: readonly { readonly targetPort: string }[];
}

function isNoHook({ metadata }: Manifest): boolean {
  return metadata.annotations?.['helm.sh/hook'] === undefined;
}

/** What a process is told to listen on, beside what its container opens. */
function listensOn({
  env,
  ports = [],
}: {
  readonly env: readonly EnvVariable[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}): readonly { readonly told: string | undefined; readonly opened: string }[] {
  const variables: Readonly<Record<string, RegExp>> = {
    webhooks: /^TRUNKLINE_INGRESS_PORT$/,
    api: /^TRUNKLINE_\w+_API_PORT$/,
    operators: /^TRUNKLINE_OPERATOR_PORT$/,
  };
  return ports.map(({ name, containerPort }) => ({
    told: env.find((variable) => variables[name]?.test(variable.name))?.value,
    opened: String(containerPort),
  }));
}

function strimziRules(user: string, spec: Manifest['spec']): readonly string[] {
  const { acls } = spec['authorization'] as {
    readonly acls: readonly {
      readonly resource: { readonly type: string; readonly name: string; readonly patternType: string };
      readonly operations: readonly string[];
    }[];
  };
  return acls.flatMap(({ resource: { type, name, patternType }, operations }) =>
    operations.map(
      (operation) => `${user} ${operation.toLowerCase()} ${type} ${name}${patternType === 'prefix' ? '*' : ''}`,
    ),
  );
}
