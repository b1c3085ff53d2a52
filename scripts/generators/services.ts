/** What follows from the folders below services/: the list of groups, their containers, their lines in the map of the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { declaredHandlers, type Handlers } from '@trunkline/consumer';

import { handlersFile, hasHandlers, hasMigrations, type ServiceManifest, serviceManifests } from '../services.ts';
import { variablesOfService } from '../variables/variables.ts';
import type { Generator } from './generator.ts';

const root = join(import.meta.dirname, '../..');

interface Group {
  readonly name: string;
  readonly topics: readonly string[];
  readonly types: readonly string[];
  readonly asks: readonly string[];
  readonly tells: readonly string[];
}

const manifests = serviceManifests();
const groups: readonly Group[] = (await Promise.all(manifests.map(groupOf))).flatMap((group) =>
  group === undefined ? [] : [group],
);

const schemas: readonly string[] = manifests.map(({ name }) => name).filter(hasMigrations);

/** What the containers decide by themselves: servers and how they let in, ports inside of them, the files of the ingress. */
const decided: readonly RegExp[] = [
  /^TRUNKLINE_(?:KAFKA|REGISTRY|REDIS)_/,
  /^TRUNKLINE_(?:DATABASE_URL|SOURCES|SECRETS|INSTALLATION_KEY|VAULT_KEY)(?:_FILE)?$/,
  // One of each process: replicas of a container share their environment.
  /^TRUNKLINE_DELIVERY_NAME$/,
  /_(?:HOST|PORT)$/,
  /^(?:NODE_ENV|TRUNKLINE_PARENT_PIPE|TRUNKLINE_FAILPOINTS)$/,
];

const settings = await Promise.all(
  // Every consumer reads the same.
  [
    { anchor: 'ingress-settings', service: 'ingress' },
    { anchor: 'consumer-settings', service: groups[0]?.name ?? 'payments' },
    { anchor: 'journal-settings', service: 'journal' },
    { anchor: 'connections-settings', service: 'connections' },
  ].map(async ({ anchor, service }) => ({
    anchor,
    names: (await variablesOfService(service))
      .map(({ name }) => name)
      .filter((name) => !decided.some((pattern) => pattern.test(name))),
  })),
);

/** What a consumer reads beside what all of them read. */
const commonVariables = new Set((await variablesOfService('payments')).map(({ name }) => name));
const ownVariables = new Map(
  await Promise.all(
    groups.map(async ({ name }) => {
      const own = (await variablesOfService(name)).map((variable) => variable.name);
      return [name, own.filter((variable) => !commonVariables.has(variable))] as const;
    }),
  ),
);

export const services: Generator = {
  name: 'services',
  files: () =>
    new Map([
      ['packages/consumer/src/generated/groups.ts', groupsFile()],
      ['docker-compose.yml', composeFile()],
      ['ARCHITECTURE.md', architectureFile()],
    ]),
};

/** A service with handlers is a consumer group over the topics that they name, in the order of its list. */
async function groupOf({ name }: ServiceManifest): Promise<Group | undefined> {
  if (!hasHandlers(name)) return undefined;
  const {
    handlers,
    asks = [],
    tells = [],
    // Every list of handlers is exported under this name; one that is not fails right here.
  } = (await import(handlersFile(name))) as {
    readonly handlers: Handlers;
    readonly asks?: readonly string[];
    readonly tells?: readonly string[];
  };
  const declared = declaredHandlers(handlers);
  return {
    name,
    topics: [...new Set(declared.map(({ topic }) => topic))],
    types: declared.flatMap(({ types }) => types),
    asks,
    tells,
  };
}

function groupsFile(): string {
  const entries = groups.map(
    ({ name, topics, types, asks, tells }) =>
      `  {\n    name: '${name}',\n    topics: [\n${linesOf(topics)}    ],\n    types: [\n${linesOf(types)}    ],\n    asks: ${asks.length === 0 ? '[]' : `[\n${linesOf(asks)}    ]`},\n    tells: ${tells.length === 0 ? '[]' : `[\n${linesOf(tells)}    ]`},\n  },\n`,
  );
  const names = schemas.map((name) => `  '${name}',\n`).join('');
  return `// Written by npm run generate from services/*/src/handlers and services/*/migrations.
export const generatedGroups = [\n${entries.join('')}] as const;
export const generatedSchemas = [\n${names}] as const;\n`;
}

function linesOf(words: readonly string[]): string {
  return words.map((word) => `      '${word}',\n`).join('');
}

/** What it seals with has to be there; everything else may be set. */
function ownLines(service: string): string {
  return (ownVariables.get(service) ?? [])
    .map((name) => {
      if (name === 'TRUNKLINE_VAULT_KEY') return `      ${name}: \${${name}:?run npm run docker:env}\n`;
      return decided.some((pattern) => pattern.test(name)) ? '' : `      ${name}: \${${name}:-}\n`;
    })
    .join('');
}

/** Of an HTTP API: inside of the container everybody may ask, outside of it whoever is on this machine. */
function apiLines(service: string): { readonly environment: string; readonly ports: string } {
  const port = manifests.find(({ name }) => name === service)?.apiPort;
  if (port === undefined) return { environment: '', ports: '' };
  const variable = `TRUNKLINE_${service.toUpperCase()}_API`;
  return {
    environment: `      ${variable}_HOST: 0.0.0.0\n`,
    ports: `    ports: ['127.0.0.1:\${${variable}_PORT:-${port}}:${port}']\n`,
  };
}

/** Blank counts as unset. */
function settingsBlock(anchor: string, names: readonly string[]): string {
  return `x-${anchor}: &${anchor}\n${names.map((name) => `  ${name}: \${${name}:-}\n`).join('')}`;
}

function composeFile(): string {
  const ask = (login: string): string =>
    `\${TRUNKLINE_DATABASE_PASSWORD_${login.toUpperCase()}:?run npm run docker:env}`;
  const containers = groups.map(
    ({ name }) => `  ${name}:
    <<: *service
    command: [services/${name}/dist/main.js]
    environment:
      <<: *consumer-environment
      TRUNKLINE_DATABASE_URL: postgres://trunkline_${name}:${ask(name)}@postgres:5432/trunkline
      TRUNKLINE_INSTALLATION_KEY: \${TRUNKLINE_INSTALLATION_KEY:?run npm run docker:env}
${ownLines(name)}${apiLines(name).environment}    volumes: ['./trunkline.yaml:/etc/trunkline/trunkline.yaml:ro']
${apiLines(name).ports}    depends_on: *consumer-needs
`,
  );
  const passwords = ['operator', ...schemas].map(
    (login) => `      TRUNKLINE_DATABASE_PASSWORD_${login.toUpperCase()}: ${ask(login)}\n`,
  );
  const withSettings = between(read('docker-compose.yml'), {
    first: '# What .env or the shell may say to the services, as their configurations know it: npm run generate\n',
    last: '# The end of the settings.\n',
    text: settings.map(({ anchor, names }) => settingsBlock(anchor, names)).join('\n'),
  });
  const scraped = between(withSettings, {
    first: '                # Every service: npm run generate\n',
    last: '                # The end of the services.\n',
    text: manifests.map(({ name }) => `                - ${name}\n`).join(''),
  });
  const text = between(scraped, {
    first: '  # The consumers, one for each folder of services/ with handlers: npm run generate\n',
    last: '  # The end of the consumers.\n',
    text: `${containers.join('\n')}`,
  });
  return between(text, {
    first: "      # Each role's, so that it can log in: npm run generate\n",
    last: '    mem_limit: 256m\n    restart: ',
    text: passwords.join(''),
  });
}

function architectureFile(): string {
  const lines = manifests.map(({ name, description }) => `  ${`${name}/`.padEnd(14)}${description}\n`);
  return between(read('ARCHITECTURE.md'), { first: '```\nservices/\n', last: 'packages/\n', text: lines.join('') });
}

/** The text with another part between two of its lines. */
function between(
  whole: string,
  part: { readonly first: string; readonly last: string; readonly text: string },
): string {
  const start = whole.indexOf(part.first);
  const end = start === -1 ? -1 : whole.indexOf(part.last, start + part.first.length);
  if (end === -1)
    throw new Error(`the lines ${JSON.stringify(part.first)} and ${JSON.stringify(part.last)} are missing`);
  return whole.slice(0, start + part.first.length) + part.text + whole.slice(end);
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
