import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { TrunklineError } from '@trunkline/core';

import {
  appFile,
  configFile,
  handlerFile,
  handlersFile,
  mainFile,
  manifestFile,
  migrationFile,
  referencesFile,
  serviceFile,
  testFile,
} from './code.ts';
import { checkServiceName, portOf, type ServicePlan, tableOf } from './plan.ts';

/** Writes the folder of a new consumer service; returns the files from the root of the checkout. */
export async function writeService(
  wanted: { readonly name: string; readonly topics: readonly string[]; readonly port: number | undefined },
  directory: string,
): Promise<readonly string[]> {
  const { name } = wanted;
  checkServiceName(name);
  const root = findCheckout(directory);
  const folder = path.join('services', name);
  if (existsSync(path.join(root, folder))) {
    throw new TrunklineError('config_invalid', `${folder} is there already: nothing was written`);
  }
  const tables = [...new Set(wanted.topics)].map(tableOf);
  const twice = tables.find(({ entity }, index) => tables.findIndex((table) => table.entity === entity) !== index);
  if (twice !== undefined) {
    throw new TrunklineError('config_invalid', `two of the topics would both be the table ${name}.${twice.entity}`);
  }
  const plan: ServicePlan = { name, tables, port: wanted.port ?? portOf(name, portsOf(root)) };
  const files = filesOf(plan).map(([file, text]) => [path.join(folder, file), text] as const);
  for (const [file, text] of files) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
  return files.map(([file]) => file);
}

function filesOf(plan: ServicePlan): readonly (readonly [file: string, text: string])[] {
  const number = (index: number): string => String(index + 1).padStart(3, '0');
  return [
    ['package.json', manifestFile(plan)],
    ['tsconfig.build.json', referencesFile],
    ['src/main.ts', mainFile(plan)],
    ['src/app.ts', appFile(plan)],
    ['src/config.ts', configFile],
    ['src/testing/service.ts', serviceFile(plan)],
    ['src/handlers/index.ts', handlersFile(plan)],
    ...plan.tables.flatMap((table, index): readonly (readonly [string, string])[] => [
      [`src/handlers/${table.entity}.ts`, handlerFile(plan, table)],
      [`src/handlers/${table.entity}.int.test.ts`, testFile(plan, table)],
      [`migrations/${number(index)}-${table.entity.replaceAll('_', '-')}.sql`, migrationFile(plan, table)],
    ]),
  ];
}

/** The ports that the services of the checkout have. */
function portsOf(root: string): readonly number[] {
  return globSync('services/*/package.json', { cwd: root }).flatMap((file) => {
    // Every service's package.json says so; one that does not has no port to keep away from.
    const { trunkline } = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as {
      readonly trunkline?: { readonly port?: number; readonly operatorPort?: number; readonly apiPort?: number };
    };
    return [trunkline?.port, trunkline?.operatorPort, trunkline?.apiPort].filter((port) => port !== undefined);
  });
}

/** The nearest directory upwards that holds the sources of Trunkline. */
function findCheckout(directory: string): string {
  const mark = path.join('packages', 'consumer', 'src', 'groups.ts');
  for (let current = path.resolve(directory); ; current = path.dirname(current)) {
    if (existsSync(path.join(current, mark))) return current;
    if (path.dirname(current) === current) {
      throw new TrunklineError(
        'config_invalid',
        `${directory} is in no checkout of Trunkline: there is no ${mark} above it`,
      );
    }
  }
}
