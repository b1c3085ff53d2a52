import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { TrunklineError } from '@trunkline/core';

import { withProvider } from './catalogue-line.ts';
import { indexFile, normalizeFile, testFile, verifyFile } from './code.ts';
import { eventsFile, requestFile } from './fixture.ts';
import { checkName } from './name.ts';
import type { ScaffoldPlan } from './plan.ts';

/** Where the providers are, below the root of a checkout. */
export const providersFolder: string = path.join('packages', 'providers', 'src');

/** Writes the folder of a new provider and its line in the catalogue; returns the files from the root of the checkout. */
export async function writeScaffold(plan: ScaffoldPlan, directory: string): Promise<readonly string[]> {
  checkName(plan.name);
  const root = findCheckout(directory);
  const folder = path.join(providersFolder, plan.name);
  if (existsSync(path.join(root, folder)) || existsSync(path.join(root, `${folder}.ts`))) {
    throw new TrunklineError('config_invalid', `${folder} is there already: nothing was written`);
  }
  const catalogue = path.join(providersFolder, 'catalogue.ts');
  // Before the first file is written, because it may refuse.
  const extended = withProvider(await readFile(path.join(root, catalogue), 'utf8'), plan.name);
  const files: readonly (readonly [file: string, text: string])[] = [
    [path.join(folder, 'index.ts'), indexFile(plan)],
    [path.join(folder, 'verify.ts'), verifyFile(plan)],
    [path.join(folder, 'normalize.ts'), normalizeFile(plan)],
    [path.join(folder, `${plan.name}.test.ts`), testFile(plan)],
    [path.join(folder, 'fixtures', `${plan.event}.request.json`), requestFile(plan)],
    [path.join(folder, 'fixtures', `${plan.event}.events.json`), eventsFile(plan)],
    [catalogue, extended],
  ];
  await mkdir(path.join(root, folder, 'fixtures'), { recursive: true });
  for (const [file, text] of files) await writeFile(path.join(root, file), text);
  return files.map(([file]) => file);
}

/** The nearest directory upwards that holds the sources of Trunkline. */
export function findCheckout(directory: string): string {
  for (let current = path.resolve(directory); ; current = path.dirname(current)) {
    if (existsSync(path.join(current, providersFolder, 'catalogue.ts'))) return current;
    if (path.dirname(current) === current) {
      throw new TrunklineError(
        'config_invalid',
        `${directory} is in no checkout of Trunkline: there is no ${providersFolder}/catalogue.ts above it`,
      );
    }
  }
}
