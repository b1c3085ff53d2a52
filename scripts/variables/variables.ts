/** Every variable that something of this repository reads, in one list, made from what reads it. */
import { join } from 'node:path';

import { settingNames, settingRow } from '@trunkline/cli';
import { operatorLogin, passwordVariable } from '@trunkline/postgres';
import {
  describeEnvironment,
  fileOf,
  runtimeConfig,
  serverSecurity,
  type VariableDescription,
} from '@trunkline/runtime';
import { endpointVariables, portOffsetVariable, portVariable, stablePorts, stackParts } from '@trunkline/stack';
import type { ZodType } from 'zod';

import { hasMigrations, serviceManifests } from '../services.ts';
import { journalVariable, servicePorts } from '../start/ports.ts';

export interface KnownVariable extends VariableDescription {
  /** `ingress`, `payments`, …, `npm start`, `trunkline`; those that read it. */
  readonly readers: readonly string[];
}

const startReader = 'npm start';
const commandReader = 'trunkline';

const root = join(import.meta.dirname, '../..');

/** The services of this build, by the name of their folder. */
export const services: readonly string[] = serviceManifests()
  .map(({ name }) => name)
  .toSorted();

/** Sorted by name. What the OpenTelemetry SDK reads (`OTEL_*`) is documented there. */
export async function knownVariables(): Promise<readonly KnownVariable[]> {
  const known = new Map<string, KnownVariable>();
  const add = (reader: string, variables: readonly VariableDescription[]): void => {
    for (const variable of variables) {
      const before = known.get(variable.name);
      // The first description counts: a service's own says more than that of whoever passes the variable on.
      known.set(variable.name, { ...variable, ...before, readers: [...(before?.readers ?? []), reader] });
    }
  };
  for (const service of services) add(service, await variablesOfService(service));
  add(commandReader, commandVariables());
  add(startReader, startVariables());
  return [...known.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a service is told by its environment: its own variables, and those of every process. */
export async function variablesOfService(service: string): Promise<readonly VariableDescription[]> {
  return [...describeEnvironment(await configOf(service)), ...describeEnvironment(runtimeConfig)];
}

export async function configOf(service: string): Promise<ZodType> {
  const file = join(root, 'services', service, 'src', 'config.ts');
  // Every service has this file with this export; test/repo asks each.
  const { config } = (await import(file)) as { readonly config: ZodType };
  return config;
}

function commandVariables(): readonly VariableDescription[] {
  const settings = settingNames.flatMap((name) => {
    const { what, flag, variable, isSecret } = settingRow(name);
    const row = { name: variable, what, example: flag, required: false };
    return isSecret === true ? [{ ...row, isSecret }, fileOf(row)] : [row];
  });
  const actor = {
    name: 'TRUNKLINE_ACTOR',
    what: 'who decides and sends back: 1 to 128 printable characters',
    example: 'alex',
  };
  const token = { name: 'TRUNKLINE_OPERATOR_TOKEN', what: 'what the operators of a service show', example: '…' };
  const passwords = logins().map(passwordRow);
  return [
    ...settings,
    ...describeEnvironment(serverSecurity),
    ...[token, ...passwords].flatMap((row) => [{ ...row, isSecret: true as const, required: false }, fileOf(row)]),
    { ...actor, fallback: 'the user of the operating system', required: false },
  ];
}

/** What `npm start` decides by, beside what it passes on. */
function startVariables(): readonly VariableDescription[] {
  const ports = [
    ...servicePorts,
    ...stackParts.map((part) => ({ variable: portVariable(part), standard: stablePorts[part] })),
  ];
  return [
    ...ownVariables,
    ...Object.values(endpointVariables).map((name) => ({
      name,
      what: 'the address of a given server (TRUNKLINE_STACK=env)',
      example: 'what npm run stack prints',
    })),
    ...ports.map(({ variable, standard }) => ({
      name: variable,
      what: 'a port number, from 1 to 65535',
      example: String(standard + 1_000),
      fallback: String(standard),
    })),
    ...logins().map(passwordRow),
  ].map((variable) => ({ ...variable, required: false }));
}

/** Of the database. */
function logins(): readonly string[] {
  return [operatorLogin, ...services.filter(hasMigrations)];
}

function passwordRow(login: string): Omit<VariableDescription, 'required'> {
  return {
    name: passwordVariable(login),
    what: 'the password of a database role: 8 to 128 printable characters',
    example: 'the output of: openssl rand -hex 24',
  };
}

const ownVariables: readonly Omit<VariableDescription, 'required'>[] = [
  {
    name: 'TRUNKLINE_STACK',
    what: 'which servers: embedded, env or docker',
    example: 'env',
    fallback: 'embedded',
  },
  {
    name: 'TRUNKLINE_SECURED',
    what: 'whether our own Kafka asks for logins over TLS, and gives each service its rights alone: 1, or blank (npm start -- --secured)',
    example: '1',
  },
  {
    name: 'TRUNKLINE_CACHE',
    what: 'the folder of downloads',
    example: '/var/cache/trunkline',
    fallback: '~/.cache/trunkline',
  },
  {
    name: 'TRUNKLINE_DATABASE',
    what: 'the name of the database, and the beginning of its roles',
    example: 'staging',
    fallback: 'trunkline',
  },
  { name: 'TRUNKLINE_NAMESPACE', what: 'a prefix of topics, groups and subjects', example: 'staging.' },
  {
    name: 'TRUNKLINE_SOURCES',
    what: 'the path of the sources file',
    example: 'trunkline.yaml',
    fallback: 'trunkline.yaml',
  },
  {
    name: 'TRUNKLINE_PARTITIONS',
    what: 'the partitions of a catalogue topic',
    example: '12',
    fallback: '3 of our own servers, 12 of given ones',
  },
  {
    name: 'TRUNKLINE_REPLICATION_FACTOR',
    what: 'the replicas of a topic',
    example: '3',
    fallback: '1 of our own servers; of given ones as many as there are brokers, at most 3',
  },
  { name: journalVariable, what: 'whether the journal is started: 1 or 0', example: '0', fallback: '1' },
  { name: 'TRUNKLINE_RETRY_TIERS', what: 'delays of retries, shortest first', example: '10s,1m' },
  {
    name: portOffsetVariable,
    what: 'a number that moves every port which has no variable of its own',
    example: '100',
    fallback: '0',
  },
];
