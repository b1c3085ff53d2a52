import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { runCommandLine } from '@trunkline/cli/testing';
import { createEventCodec, topics } from '@trunkline/events';
import { providers } from '@trunkline/providers';
import { listFixtures, loadFixture } from '@trunkline/providers/fixtures';
import { loadSources } from '@trunkline/sources';
import { afterAll, describe, expect, it } from 'vitest';

// oxlint-disable-next-line trunkline/imports -- The command line and the ingress meet here alone: neither may know the other.
import { startRoute } from '../../services/ingress/src/testing/running-route.ts';

/** A source for each set of options that fixtures of a provider want. */
interface Wanted {
  readonly id: string;
  readonly provider: (typeof providers)[number];
  readonly options: unknown;
  readonly account: string | undefined;
  readonly fixtures: string[];
}

const wanted = wantedSources();
const folder = mkdtempSync(path.join(os.tmpdir(), 'trunkline-send-'));
const secrets = Object.fromEntries(wanted.map(({ id, provider }) => [`SECRET_${id}`, provider.secrets.generate()]));
const loaded = await loadSources(writeSources('all', wanted), { env: secrets });
// A command reads its own source alone: to read all of them each time was most of what this file took.
const files = new Map(wanted.map((source) => [source.id, writeSources(source.id, [source])]));
if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
const codec = await createEventCodec({
  topics,
  registry: {
    idOf: (subject) => Promise.resolve(1 + topics.findIndex((topic) => subject === `${topic}-value`)),
    schemaOf: (id) => Promise.reject(new Error(`schema ${id} was not written here`)),
  },
});
const ingress = await startRoute({
  corner: { codec },
  publisher: {
    publish: () => Promise.resolve(),
    close: () => Promise.resolve(),
    state: () => 'ready',
    waitingBytes: () => 0,
  },
  sources: loaded.catalog.all(),
});
afterAll(async () => {
  await ingress.server.stop(1_000);
  rmSync(folder, { recursive: true });
});

describe('trunkline send', () => {
  it.for(
    wanted.flatMap(({ id, provider, fixtures }) => fixtures.map((fixture) => [provider.name, fixture, id] as const)),
  )(
    'posts %s %s to a running ingress as it was signed, and again under the same ids',
    async ([provider, fixture, source]) => {
      const words = ['send', provider, fixture, '--source', source, '--times', '2', '--same-id', '--json'];

      const { exitCode, stdout } = await runCommandLine([...words, '--url', `${ingress.url}/hooks/${source}`], {
        environment: { ...secrets, TRUNKLINE_SOURCES: files.get(source) },
      });

      const { answers, eventIds } = JSON.parse(stdout) as { answers: { status: number }[]; eventIds: string[] };
      expect({ exitCode, statuses: answers.map(({ status }) => status < 300) }).toEqual({
        exitCode: 0,
        statuses: [true, true],
      });
      expect(eventIds).not.toEqual([]);
    },
  );
});

function wantedSources(): readonly Wanted[] {
  const found = new Map<string, Wanted>();
  for (const provider of providers) {
    for (const fixture of listFixtures(provider.name)) {
      const { options, account } = loadFixture(provider.name, fixture);
      const key = JSON.stringify([provider.name, options, account]);
      const known = found.get(key) ?? {
        id: `src_${provider.name}_${found.size}`,
        provider,
        options,
        account,
        fixtures: [],
      };
      known.fixtures.push(fixture);
      found.set(key, known);
    }
  }
  return [...found.values()];
}

/** JSON is YAML. Every source has a tenant of its own, so that two may have one account. Gives the path of the file. */
function writeSources(name: string, sources: readonly Wanted[]): string {
  const file = path.join(folder, `${name}.yaml`);
  const content = {
    version: 1,
    tenants: sources.map(({ id }) => ({ id: id.replace('src_', 'tnt_'), name: id })),
    sources: sources.map(({ id, provider, options, account }) => ({
      id,
      tenant: id.replace('src_', 'tnt_'),
      provider: provider.name,
      ...(account === undefined ? {} : { account }),
      secrets: [`env:SECRET_${id}`],
      options,
    })),
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
}
