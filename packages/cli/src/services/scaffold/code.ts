import type { ServicePlan, TablePlan } from './plan.ts';

/** The files of a new service. Each text is formatted as `npm run format` would, for names of the usual length. */
export function manifestFile({ name, port, tables }: ServicePlan): string {
  const manifest = {
    name: `@trunkline/${name}`,
    version: '0.1.0',
    private: true,
    description: `${tables.map(({ entity }) => entity).join(', ')}: handlers and migrations, nothing else`,
    type: 'module',
    exports: { '.': { '@trunkline/source': './src/main.ts', default: './dist/main.js' } },
    scripts: { build: 'tsc -b tsconfig.build.json' },
    dependencies: { '@trunkline/consumer': '0.1.0', '@trunkline/postgres': '0.1.0', '@trunkline/runtime': '0.1.0' },
    trunkline: { port },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

export const referencesFile = `{
  "extends": "../../tsconfig.build.json",
  "references": [
    { "path": "../../packages/consumer/tsconfig.build.json" },
    { "path": "../../packages/postgres/tsconfig.build.json" },
    { "path": "../../packages/runtime/tsconfig.build.json" }
  ]
}
`;

export function mainFile({ name }: ServicePlan): string {
  return `import { runService } from '@trunkline/runtime';

import { createApp } from './app.ts';
import { config } from './config.ts';

await runService({ name: '${name}', config, createApp });
`;
}

export function appFile({ name }: ServicePlan): string {
  return `import { type ConsumerConfig, createConsumerApp } from '@trunkline/consumer';
import type { App, Service } from '@trunkline/runtime';

import { handlers } from './handlers/index.ts';

/** The ${name} consumer: one group over its topics, its state and inbox in the schema \`${name}\`. */
export function createApp(config: ConsumerConfig, service: Service): App {
  return createConsumerApp({ group: '${name}', handlers }, config, service);
}
`;
}

export const configFile = `/** The whole environment of the service: what every consumer service reads. */
export { consumerConfig as config } from '@trunkline/consumer';
`;

export function serviceFile({ name }: ServicePlan): string {
  return `import { fileURLToPath } from 'node:url';

import type { ServiceMigrations } from '@trunkline/postgres';

export const service: ServiceMigrations = {
  schema: '${name}',
  directory: fileURLToPath(new URL('../../migrations/', import.meta.url)),
};
`;
}

export function handlersFile({ tables }: ServicePlan): string {
  const sorted = tables.toSorted((a, b) => (a.entity < b.entity ? -1 : 1));
  const imports = sorted.map(({ entity }) => `import { ${constantOf(entity)}Handler } from './${entity}.ts';\n`);
  const list = tables.map(({ entity }) => `defineHandler(${constantOf(entity)}Handler)`);
  const oneLine = `export const handlers: Handlers = () => [${list.join(', ')}];`;
  const lines =
    oneLine.length <= printWidth
      ? oneLine
      : `export const handlers: Handlers = () => [\n${list.map((item) => `  ${item},\n`).join('')}];`;
  return `import { defineHandler, type Handlers } from '@trunkline/consumer';

${imports.join('')}
/** Everything this service does with events. */
${lines}
`;
}

export function handlerFile({ name }: ServicePlan, { topic, entity, columns, leaves }: TablePlan): string {
  const constant = constantOf(entity);
  const left = leaves.map((field) => `'${field}'`).join(', ');
  return `import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

/** Keeps ${name}.${entity} at the newest state that any event told; every field has a version of its own. */
export const ${constant}Handler: ProjectionHandler<'${topic}'> = projectionHandler({
  topic: '${topic}',
  versions: 'field',
${left === '' ? '' : `  leaves: [${left}],\n`}  columns: {
${columns.map(({ field, type }) => `    ${field}: '${type}',\n`).join('')}  },
});
`;
}

export function migrationFile({ name }: ServicePlan, { topic, entity, columns, existence }: TablePlan): string {
  const key = ['tenant_id', 'provider', 'account', 'kind', 'entity_id'];
  const named = columns.map(({ field, type }) => ({ column: columnOf(field), type }));
  const versions = [...named.map(({ column }) => `${column}_version`), ...(existence ? ['existence_version'] : [])];
  const width = Math.max(...versions.map((column) => column.length), 'entity_id'.length);
  const line = (column: string, type: string): string => `  ${column.padEnd(width)} ${type},\n`;
  return `-- The newest known state of every ${entity}, written by src/handlers/${entity}.ts.
-- Columns follow schemas/${topic.split('.')[0]}/${entity}.avsc; a field that no event has told yet is null.
CREATE TABLE ${name}.${entity} (
${key.map((column) => line(column, 'text NOT NULL')).join('')}
${named.map(({ column, type }) => line(column, type)).join('')}${existence ? line('deleted_at', 'timestamptz') : ''}
  -- Which event each field is from: compared as bytes, so in the collation "C" (docs/records.md, "Version").
${versions.map((column) => line(column, 'text COLLATE "C"')).join('')}${line('updated_at', 'timestamptz NOT NULL DEFAULT now()')}
  PRIMARY KEY (${key.join(', ')})
);

SELECT trunkline.isolate_tenants('${name}.${entity}');
`;
}

export function testFile(_: ServicePlan, { topic, entity, columns, states }: TablePlan): string {
  const constant = constantOf(entity);
  const text = columns.find(({ type }) => type === 'text')?.field ?? '';
  const [first = '', last = first] = [states[0], states.at(-1)];
  const story = `{ title: 'keeps what the newest event said', events: [last, first], ends: { ${columnOf(text)}: 'last' } }`;
  const oneLine = `stories: [${story}],`;
  const stories = oneLine.length + 2 <= printWidth ? oneLine : `stories: [\n    ${story},\n  ],`;
  return `import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { ${constant}Handler } from './${entity}.ts';

const ${constant} = recordsAbout('${topic}', '${entity}_1');
const first = ${constant}('${first}', 1_000, { ${text}: 'first' });
const last = ${constant}('${last}', 2_000, { ${text}: 'last' });

describeProjection({
  handler: ${constant}Handler,
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [first, last],
  ${stories}
});
`;
}

/** As in .oxfmtrc.json. */
const printWidth = 120;

/** `meeting_room` as `meetingRoom`. */
function constantOf(entity: string): string {
  return entity.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** As packages/consumer names the column of a field. */
function columnOf(field: string): string {
  return field === 'updatedAt'
    ? 'provider_updated_at'
    : field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
