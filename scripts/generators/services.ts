/** What follows from the folders below services/: the list of groups, their containers, their lines in the map of the code. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type ServiceManifest, serviceManifests } from '../services.ts';
import { variablesOfService } from '../variables/variables.ts';
import type { Generator } from './generator.ts';

const root = join(import.meta.dirname, '../..');

interface Group {
  readonly name: string;
  readonly topics: readonly string[];
}

const manifests = serviceManifests();
const groups: readonly Group[] = (await Promise.all(manifests.map(groupOf))).flatMap((group) =>
  group === undefined ? [] : [group],
);

/** What the containers decide by themselves: addresses, ports inside of them, the files of the ingress. */
const decided: readonly RegExp[] = [
  /^TRUNKLINE_(?:KAFKA_BROKERS|REGISTRY_URL|DATABASE_URL|REDIS_URL|SOURCES|SECRETS|INSTALLATION_KEY)$/,
  /_(?:HOST|PORT)$/,
  /^(?:NODE_ENV|TRUNKLINE_PARENT_PIPE|TRUNKLINE_FAILPOINTS)$/,
];

const settings = await Promise.all(
  // Every consumer reads the same.
  [
    { anchor: 'ingress-settings', service: 'ingress' },
    { anchor: 'consumer-settings', service: groups[0]?.name ?? 'payments' },
  ].map(async ({ anchor, service }) => ({
    anchor,
    names: (await variablesOfService(service))
      .map(({ name }) => name)
      .filter((name) => !decided.some((pattern) => pattern.test(name))),
  })),
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
  const file = join(root, 'services', name, 'src/handlers/index.ts');
  if (!existsSync(file)) return undefined;
  // Every list of handlers is exported under this name; one that is not fails right here.
  const { handlers } = (await import(file)) as { readonly handlers: readonly { readonly topic: string }[] };
  return { name, topics: [...new Set(handlers.map(({ topic }) => topic))] };
}

function groupsFile(): string {
  const entries = groups.map(
    ({ name, topics }) =>
      `  {\n    name: '${name}',\n    topics: [\n${topics.map((topic) => `      '${topic}',\n`).join('')}    ],\n  },\n`,
  );
  return `// Written by npm run generate from services/*/src/handlers.\nexport const generatedGroups = [\n${entries.join('')}] as const;\n`;
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
    depends_on: *consumer-needs
`,
  );
  const passwords = ['operator', ...groups.map(({ name }) => name)].map(
    (login) => `      TRUNKLINE_DATABASE_PASSWORD_${login.toUpperCase()}: ${ask(login)}\n`,
  );
  const withSettings = between(read('docker-compose.yml'), {
    first: '# What .env or the shell may say to the services, as their configurations know it: npm run generate\n',
    last: '# The end of the settings.\n',
    text: settings.map(({ anchor, names }) => settingsBlock(anchor, names)).join('\n'),
  });
  const text = between(withSettings, {
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
