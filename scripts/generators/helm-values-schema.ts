/** What a value of the chart may be (helm/trunkline/values.schema.json), in the draft that every Helm 3 reads. */
import type { VariableDescription } from '@trunkline/runtime';

export interface ChartService {
  readonly name: string;
  readonly description: string;
  readonly servers: readonly ('kafka' | 'registry' | 'postgres' | 'redis')[];
  /** Whose lag says that more processes are needed. */
  readonly groups: readonly string[];
  /** What values may set. */
  readonly settings: readonly VariableDescription[];
  readonly takesWebhooks: boolean;
  /** How the variables of its HTTP API begin, which programs of tenants ask; empty where it has none. */
  readonly api: string;
  readonly readsSources: boolean;
  readonly needsInstallationKey: boolean;
  /** With the keys of the vault. */
  readonly seals: boolean;
  /** Each process is told a name of its own. */
  readonly isNamed: boolean;
  /** To whoever is outside of the installation. */
  readonly callsOut: boolean;
}

type JsonSchema = Readonly<Record<string, unknown>>;
/** Of variables, by their names: most services mean the same by one. */
type Definitions = Readonly<Record<string, JsonSchema>>;

export function valuesSchema(services: readonly ChartService[]): JsonSchema {
  const every = [
    ...new Map(services.flatMap(({ settings }) => settings.map((one) => [one.name, one] as const))).values(),
  ];
  const definitions = Object.fromEntries(every.map((setting) => [setting.name, settingSchema(setting)]));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart trunkline',
    description: 'Written by npm run generate from the configurations of the services.',
    ...object({
      image: object({
        repository: { type: 'string', minLength: 1 },
        tag: { type: 'string', pattern: '^[A-Za-z0-9_.-]{0,128}$' },
        digest: { type: 'string', pattern: '^(?:sha256:[0-9a-f]{64})?$' },
        pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
        pullSecrets: { type: 'array', items: resourceName },
      }),
      secrets: object({
        existingSecret: optionalName,
        vaultKeys: {
          type: 'array',
          minItems: 1,
          items: object({ name: { type: 'string', pattern: '^[A-Za-z0-9._-]+$' }, key: secretKey }, ['name', 'key']),
        },
      }),
      sources: object({ existingConfigMap: optionalName, content: { type: 'object' } }),
      kafka: object({
        brokers: { type: 'array', items: { type: 'string', pattern: '^[^\\s,:]+:[0-9]{1,5}$' } },
        namespace: { type: 'string', pattern: '^(?:[A-Za-z0-9._-]+)?$' },
        partitions: { type: 'integer', minimum: 1, maximum: 10_000 },
        replicationFactor: { type: 'integer', minimum: 1, maximum: 32 },
        tls: object({ enabled: flag, clientCertificates: flag }),
        sasl: { enum: ['', 'scram-sha-512', 'plain'] },
        ca: authority,
      }),
      registry: object({
        url: { type: 'string', pattern: '^(?:https?://[^\\s@]+)?$' },
        username: { type: 'string' },
        ca: authority,
      }),
      postgres: object({ database: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,38}$' }, ca: authority }),
      redis: object({ enabled: flag, ca: authority }),
      telemetry: object({ tracesEndpoint: { type: 'string', pattern: '^(?:https?://[^\\s@]+)?$' } }),
      config: settingsOf(every, definitions),
      defaults: object(serviceValues(every, definitions)),
      services: object(
        Object.fromEntries(
          services.map(({ name, description, settings }) => [
            name,
            { description, ...object(serviceValues(settings, definitions)) },
          ]),
        ),
      ),
      provision: object({
        enabled: flag,
        existingSecret: optionalName,
        kafkaUsername: { type: 'string' },
        acls: flag,
        deadlineSeconds: { type: 'integer', minimum: 30, maximum: 7_200 },
        resources,
      }),
      expose: object({
        ingress: object({
          enabled: flag,
          className: { type: 'string' },
          host,
          annotations: texts,
          tlsSecret: optionalName,
        }),
        gateway: object({
          enabled: flag,
          host,
          parentRefs: { type: 'array', items: { type: 'object', required: ['name'] } },
        }),
      }),
      networkPolicy: object({
        enabled: flag,
        webhooksFrom: peers,
        metricsFrom: peers,
        apiFrom: peers,
        egress: object(
          Object.fromEntries(
            ['kafka', 'registry', 'postgres', 'redis', 'telemetry', 'dns', 'internet'].map((name) => [
              name,
              object({ to: peers, ports: { type: 'array', minItems: 1, items: port } }),
            ]),
          ),
        ),
      }),
      strimzi: object({ enabled: flag, cluster: optionalName }),
      monitoring: object({
        labels: texts,
        serviceMonitors: object({ enabled: flag, interval: { type: 'string', pattern: '^[0-9]+(?:ms|s|m|h)$' } }),
        rules: object({ enabled: flag }),
        dashboards: object({ enabled: flag, labels: texts }),
      }),
      doctor: object({ resources }),
      // Helm's own, for a chart that is part of another.
      global: { type: 'object' },
    }),
    definitions,
  };
}

const flag: JsonSchema = { type: 'boolean' };
const texts: JsonSchema = { type: 'object', additionalProperties: { type: 'string' } };
/** With its mask, as the API wants it; a wrong one is found when the policy is applied, and then the release is half there. */
const network: JsonSchema = {
  type: 'string',
  pattern:
    '^(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3}/(?:[0-9]|[12][0-9]|3[0-2])|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/(?:[0-9]{1,2}|1[01][0-9]|12[0-8]))$',
};
const selector: JsonSchema = object({
  matchLabels: texts,
  matchExpressions: { type: 'array', items: { type: 'object' } },
});
/** A misspelled selector would be a peer without any, which the API refuses, or worse takes for everybody. */
const peers: JsonSchema = {
  type: 'array',
  items: {
    minProperties: 1,
    ...object({
      podSelector: selector,
      namespaceSelector: selector,
      ipBlock: object({ cidr: network, except: { type: 'array', items: network } }, ['cidr']),
    }),
  },
};
const toleration: JsonSchema = object({
  key: { type: 'string' },
  operator: { enum: ['Exists', 'Equal'] },
  value: { type: 'string' },
  effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
  tolerationSeconds: { type: 'integer' },
});
const port: JsonSchema = { type: 'integer', minimum: 1, maximum: 65_535 };
/** Names of Kubernetes: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const resourceName: JsonSchema = { type: 'string', pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$' };
const optionalName: JsonSchema = { type: 'string', pattern: '^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$' };
const secretKey: JsonSchema = { type: 'string', pattern: '^[A-Za-z0-9._-]+$' };
const host: JsonSchema = { type: 'string', pattern: '^([a-z0-9*]([a-z0-9.-]{0,251}[a-z0-9])?)?$' };
const authority: JsonSchema = object({ secret: optionalName, key: secretKey });
/** With its unit: 512 alone is so many bytes, in which nothing starts. */
const memory: JsonSchema = { type: 'string', pattern: '^[0-9]+(?:\\.[0-9]+)?(?:Ki|Mi|Gi|Ti|k|M|G|T)$' };
const quantities: Readonly<Record<string, unknown>> = {
  type: 'object',
  properties: { memory },
  additionalProperties: { type: ['string', 'number'] },
};
/** Memory is always limited: what a process may take is then known before it takes it. */
const resources: JsonSchema = object({
  requests: quantities,
  limits: { ...quantities, required: ['memory'] },
});

function serviceValues(
  settings: readonly VariableDescription[],
  known: Definitions,
): Readonly<Record<string, JsonSchema>> {
  const replicas = { type: 'integer', minimum: 1, maximum: 200 };
  return {
    enabled: flag,
    replicas,
    config: settingsOf(settings, known),
    existingSecret: optionalName,
    sourceSecret: optionalName,
    resources,
    autoscaling: object({
      enabled: flag,
      minReplicas: replicas,
      maxReplicas: replicas,
      cpuPercent: { type: 'integer', minimum: 10, maximum: 95 },
      lagThreshold: { type: 'integer', minimum: 1, maximum: 1_000_000_000 },
    }),
    nodeSelector: texts,
    tolerations: { type: 'array', items: toleration },
    affinity: { type: 'object' },
    priorityClassName: { type: 'string' },
    podAnnotations: texts,
  };
}

/** The variables themselves, by their names: what docs/settings.md says is what stands here. */
function settingsOf(settings: readonly VariableDescription[], known: Definitions): JsonSchema {
  const sorted = settings.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return object(
    Object.fromEntries(
      sorted.map((setting) => {
        const own = settingSchema(setting);
        const isKnown = JSON.stringify(own) === JSON.stringify(known[setting.name]);
        return [setting.name, isKnown ? { $ref: `#/definitions/${setting.name}` } : own];
      }),
    ),
  );
}

function settingSchema({ what, fallback, form }: VariableDescription): JsonSchema {
  // In Helm's schemas a default is for people alone.
  const standard = fallback === undefined || fallback === '' ? {} : { default: fallback };
  return { description: what, ...standard, ...formOf(form) };
}

function formOf(form: VariableDescription['form']): JsonSchema {
  switch (form?.kind) {
    case 'whole number': {
      const number = { type: 'integer', minimum: form.min, maximum: form.max };
      return form.or === undefined ? number : { anyOf: [number, { enum: form.or }] };
    }
    case 'choice':
      return { enum: form.values };
    case 'flag':
      return flag;
    case undefined:
      return { type: 'string' };
  }
}

function object(properties: Readonly<Record<string, unknown>>, required: readonly string[] = []): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties,
    ...(required.length === 0 ? {} : { required }),
  };
}
