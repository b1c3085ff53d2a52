/**
 * Writes what follows from schemas/ and the catalogue.
 *
 *   npm run generate                 write every generated file
 *   npm run generate -- --check      write nothing; exit 1 naming each file that is stale (CI)
 *   npm run generate -- --release    first add schemas/released/<subject>/<n>.avsc for every schema that changed,
 *                                    after proving that it may follow all released ones; then write as above
 *
 * One more output is one more entry in `generators`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { alertRules } from './generators/alert-rules.ts';
import { asyncapi } from './generators/asyncapi.ts';
import { capacityPage } from './generators/capacity-page.ts';
import { eventTypes } from './generators/event-types.ts';
import type { Generator, GeneratorInput } from './generators/generator.ts';
import { grafanaDashboards } from './generators/grafana-dashboards.ts';
import { helmChart } from './generators/helm-chart.ts';
import { metricsPage } from './generators/metrics-page.ts';
import { openApi } from './generators/openapi.ts';
import { pagePrograms } from './generators/page-programs.ts';
import { providerPages } from './generators/provider-pages.ts';
import { readReleases, releaseChanged, unreleasedSubjects } from './generators/releases.ts';
import { readSchemas } from './generators/schemas.ts';
import { services } from './generators/services.ts';
import { settingsPage } from './generators/settings-page.ts';
import { sourcesSchema } from './generators/sources-schema.ts';
import { topicPage } from './generators/topic-page.ts';

const generators: readonly Generator[] = [
  eventTypes,
  services,
  sourcesSchema,
  providerPages,
  topicPage,
  asyncapi,
  openApi,
  pagePrograms,
  settingsPage,
  helmChart,
  metricsPage,
  alertRules,
  grafanaDashboards,
  capacityPage,
];

const root = join(import.meta.dirname, '..');

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--check' && arg !== '--release');
  if (unknown !== undefined)
    return failed([`generate: unknown argument ${unknown}; see the head of scripts/generate.ts`]);
  const schemas = await readSchemas(root);
  if (args.includes('--release')) {
    const { released, refusals } = await releaseChanged(root, schemas);
    if (refusals.length > 0) return failed(refusals);
    for (const file of released) say(`released ${file}`);
  }
  const input: GeneratorInput = { schemas, releases: await readReleases(root) };
  if (args.includes('--check')) return check(input);
  for (const [path, text] of generatedFiles(input)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    say(`wrote ${path}`);
  }
  for (const path of leftovers(input)) {
    await rm(join(root, path));
    say(`removed ${path}`);
  }
  for (const line of unreleased(input)) say(line);
  return 0;
}

async function check(input: GeneratorInput): Promise<number> {
  const complaints = [...unreleased(input)];
  for (const [path, text] of generatedFiles(input)) {
    if ((await currentText(path)) !== text) complaints.push(`${path} is stale: run npm run generate`);
  }
  for (const path of leftovers(input)) complaints.push(`${path} is written by nothing any more: run npm run generate`);
  return complaints.length === 0 ? 0 : failed(complaints);
}

function generatedFiles(input: GeneratorInput): readonly (readonly [path: string, text: string])[] {
  return generators.flatMap((generator) => [...generator.files(input)]);
}

/** Files of a generator's own folder that it no longer writes: the page of a provider that is gone. */
function leftovers(input: GeneratorInput): readonly string[] {
  return generators.flatMap((generator) => {
    const { folder } = generator;
    if (folder === undefined || !existsSync(join(root, folder))) return [];
    const written = generator.files(input);
    return readdirSync(join(root, folder)).flatMap((file) =>
      written.has(`${folder}/${file}`) ? [] : [`${folder}/${file}`],
    );
  });
}

function unreleased(input: GeneratorInput): readonly string[] {
  return unreleasedSubjects(input).map(
    (subject) => `${subject} differs from its last release: run npm run generate -- --release`,
  );
}

async function currentText(path: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, path), 'utf8');
  } catch {
    return undefined; // Not there is one way of being stale.
  }
}

function failed(lines: readonly string[]): number {
  for (const line of lines) process.stderr.write(`${line}\n`);
  return 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main(process.argv.slice(2));
