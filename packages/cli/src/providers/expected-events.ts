import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ProviderDefinition } from '@trunkline/providers';
import { type Fixture, listFixtures, loadFixture } from '@trunkline/providers/fixtures';

import { findCheckout, providersFolder } from './scaffold/write.ts';

export interface FixtureChange {
  /** From the root of the checkout. */
  readonly file: string;
  /** Lines `path: value` that are no more, and that are new. */
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

interface Reckoning {
  readonly outcomeOfFixture: (definition: ProviderDefinition, fixture: Fixture) => unknown;
}

/** What the fixtures of a provider become now, against what their files expect; written where it is another thing. */
export async function writeExpectedEvents(
  provider: ProviderDefinition,
  { directory, write }: { readonly directory: string; readonly write: boolean },
): Promise<readonly FixtureChange[]> {
  const root = findCheckout(directory);
  // The suite's own reckoning: it is there in a checkout only, and no part of what is built.
  const reckoning = path.join(root, providersFolder, 'testing', 'fixture-outcome.ts');
  // Its type is that of the file, which this package may not import: it is no part of what is built.
  const { outcomeOfFixture } = (await import(pathToFileURL(reckoning).href)) as Reckoning;
  const changes: FixtureChange[] = [];
  for (const name of listFixtures(provider.name)) {
    const fixture = loadFixture(provider.name, name);
    const outcome = outcomeOfFixture(provider, fixture);
    const before = linesOf(fixture.expected);
    const after = linesOf(outcome);
    const removed = [...before].filter((line) => !after.has(line));
    const added = [...after].filter((line) => !before.has(line));
    if (removed.length === 0 && added.length === 0) continue;
    const file = path.join(providersFolder, provider.name, 'fixtures', `${name}.events.json`);
    if (write) await writeFile(path.join(root, file), `${JSON.stringify(outcome, null, 2)}\n`);
    changes.push({ file, removed, added });
  }
  return changes;
}

/** A document as one line for each value in it. */
function linesOf(value: unknown, at = ''): ReadonlySet<string> {
  if (value === undefined) return new Set();
  if (typeof value !== 'object' || value === null) return new Set([`${at}: ${JSON.stringify(value)}`]);
  const members = Object.entries(value);
  if (members.length === 0) return new Set([`${at}: ${JSON.stringify(value)}`]);
  return new Set(members.flatMap(([name, member]) => [...linesOf(member, at === '' ? name : `${at}.${name}`)]));
}
