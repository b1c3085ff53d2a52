/** What the chart knows of the services, from what declares it: what each reads, which groups it is in, its rights on the brokers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { largestBodyBytes } from '@trunkline/events';
import { kafkaUserOf, redriveTopic, retryGroup, topicPlan } from '@trunkline/kafka';
import { aclPlan, groups, kafkaUsers, retryTiers } from '@trunkline/operations';
import type { VariableDescription } from '@trunkline/runtime';

import { serviceManifests } from '../services.ts';
import { variablesOfService } from '../variables/variables.ts';
import type { Generator } from './generator.ts';
import { type ChartService, valuesSchema } from './helm-values-schema.ts';

const root = join(import.meta.dirname, '../..');
const files = 'helm/trunkline/files';

/** What the templates set by themselves: servers and how they let in, files, listeners; and what is no setting of a cluster. */
const decided: readonly RegExp[] = [
  /^TRUNKLINE_(?:KAFKA|REGISTRY|REDIS|VAULT)_/,
  /^TRUNKLINE_(?:NAMESPACE|DATABASE_URL|SOURCES|SECRETS|INSTALLATION_KEY|OPERATOR_TOKEN|DELIVERY_NAME)(?:_FILE)?$/,
  /_(?:HOST|PORT)$/,
  /^(?:NODE_ENV|TRUNKLINE_PARENT_PIPE|TRUNKLINE_FAILPOINTS)$/,
];

/** Packages by which a service reaches whoever is outside of the installation. */
const waysOut: readonly string[] = ['@trunkline/clients', '@trunkline/http-client'];

const services = await Promise.all(
  serviceManifests().map(async ({ name, description }) =>
    chartService(name, description, await variablesOfService(name)),
  ),
);

export const helmChart: Generator = {
  name: 'helm-chart',
  files: () =>
    new Map([
      [`${files}/services.json`, json(Object.fromEntries(services.map(entryOf)))],
      [`${files}/kafka-users.json`, json(users())],
      [`${files}/kafka-topics.json`, json(plannedTopics())],
      ['helm/trunkline/values.schema.json', json(valuesSchema(services))],
    ]),
};

function chartService(name: string, description: string, variables: readonly VariableDescription[]): ChartService {
  const reads = new Set(variables.map((variable) => variable.name));
  const servers = [
    ['kafka', 'TRUNKLINE_KAFKA_BROKERS'],
    ['registry', 'TRUNKLINE_REGISTRY_URL'],
    ['postgres', 'TRUNKLINE_DATABASE_URL'],
    ['redis', 'TRUNKLINE_REDIS_URL'],
  ] as const;
  return {
    name,
    description,
    servers: servers.flatMap(([server, variable]) => (reads.has(variable) ? [server] : [])),
    groups: groupsOf(name),
    settings: variables.filter((variable) => !decided.some((pattern) => pattern.test(variable.name))),
    takesWebhooks: reads.has('TRUNKLINE_INGRESS_PORT'),
    api: [...reads].find((variable) => variable.endsWith('_API_PORT'))?.replace(/_PORT$/, '') ?? '',
    readsSources: reads.has('TRUNKLINE_SOURCES'),
    needsInstallationKey: reads.has('TRUNKLINE_INSTALLATION_KEY'),
    seals: reads.has('TRUNKLINE_VAULT_KEYS'),
    isNamed: reads.has('TRUNKLINE_DELIVERY_NAME'),
    callsOut: dependenciesOf(name).some((dependency) => waysOut.includes(dependency)),
  };
}

function entryOf({ name, settings, ...service }: ChartService): readonly [string, object] {
  return [name, { ...service, kafkaUser: kafkaUserOf(name), settings: settings.map((setting) => setting.name) }];
}

/** Groups whose lag says that more of it are needed. */
function groupsOf(name: string): readonly string[] {
  if (name === 'journal') return ['journal', 'journal.failures'];
  return groups.some((group) => group.name === name) ? [name, retryGroup(name), redriveTopic(name)] : [];
}

function dependenciesOf(service: string): readonly string[] {
  // A workspace without dependencies has no such member.
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'services', service, 'package.json'), 'utf8')) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  return Object.keys(dependencies);
}

/** The table of rights, by user, in the words of Strimzi: one entry for each resource. */
function users(): Readonly<Record<string, readonly object[]>> {
  const rules = aclPlan({ retryTiers });
  return Object.fromEntries(
    kafkaUsers.map((user) => {
      const byResource = Object.groupBy(
        rules.filter((rule) => rule.user === user),
        ({ resource, name, beginsWith }) => JSON.stringify([resource, name, beginsWith === true]),
      );
      const acls = Object.values(byResource).flatMap((own = []) => {
        const [first] = own;
        if (first === undefined) return [];
        const { resource, name, beginsWith } = first;
        const operations = own.map(({ operation }) => pascalCase(operation));
        return [{ resource, name, patternType: beginsWith === true ? 'prefix' : 'literal', operations }];
      });
      return [user, acls];
    }),
  );
}

function pascalCase(operation: string): string {
  return operation.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** For three replicas and twelve partitions; a template makes fewer of both. */
function plannedTopics(): readonly object[] {
  return topicPlan({
    partitions: 12,
    replicationFactor: 3,
    largestBodyBytes,
    groups: groups.map(({ name }) => name),
    retryTiers,
  }).map(({ topic, partitions, config }) => ({ topic, partitions, config }));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
