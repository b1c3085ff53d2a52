import type { SealedEvent } from '@trunkline/events';
import { readRecords } from '@trunkline/kafka';
import { archivedPayments, brokenNormalizer } from '@trunkline/operations/testing';
import type { ProviderDefinition } from '@trunkline/providers';
import { type ConfiguredSource, loadSources } from '@trunkline/sources';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';
import { openTestInstallation, type TestInstallation } from './testing/test-installation.ts';
import { createWorkspace, stripeSecret, type TestWorkspace } from './testing/workspace.ts';

/* An ingress with a broken normaliser, then the mended one over what it archived. TRUNKLINE_REPLAY_DELIVERIES=1000 sends more. */

const startLimitMs = 120_000;
const many = Number(process.env['TRUNKLINE_REPLAY_DELIVERIES'] ?? 40);
const installationKey = 'ab'.repeat(32);
const sourceId = 'src_stripe';

let installation: TestInstallation;
let workspace: TestWorkspace;
let source: ConfiguredSource;
let sinceMs: number;
beforeAll(async () => {
  workspace = createWorkspace();
  installation = await openTestInstallation(inject('stack'));
  const loaded = await loadSources(`${workspace.directory}/trunkline.yaml`, { env: { TEST_STRIPE: stripeSecret } });
  if (!('catalog' in loaded)) throw new Error('the sources file of the test has mistakes');
  const found = loaded.catalog.source(sourceId);
  if (found === undefined) throw new Error('the sources file of the test has no such source');
  source = found;
}, startLimitMs);
afterAll(async () => {
  await installation.close();
  workspace.remove();
}, startLimitMs);
beforeEach(() => {
  sinceMs = Date.now();
});

const replay = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(['replay', '--source', sourceId, '--since', new Date(sinceMs).toISOString(), ...words, '--json'], {
    environment: { ...installation.environment, TRUNKLINE_INSTALLATION_KEY: installationKey },
    directory: workspace.directory,
  });

type Normalize = ProviderDefinition['normalize'];

/** Returns what an ingress with the good normaliser would have published. */
async function ingest(normalize: Normalize, count: number): Promise<readonly SealedEvent[]> {
  const { codec } = installation;
  const key = Buffer.from(installationKey, 'hex');
  const ingested = { codec, installationKey: key, normalize, count, label: String(sinceMs) };
  const { records, good } = archivedPayments(source, ingested);
  await installation.publish(...records);
  return good;
}

/** Reads the amount in the wrong unit. */
const wrong: Normalize = (delivery) => {
  const { events, ...rest } = source.provider.normalize(delivery);
  return {
    ...rest,
    events: events.map((draft) =>
      draft.topic === 'payments.payment.v1' ? { ...draft, payload: { ...draft.payload, amount: 1 } } : draft,
    ),
  };
};

async function publishedPayments() {
  const found = new Map<string, number>();
  const versions = new Map<string, string>();
  const signal = AbortSignal.timeout(60_000);
  for await (const { headers, value } of readRecords(installation.connection, {
    topic: 'payments.payment.v1',
    fromTimestampMs: sinceMs,
    limit: 100_000,
    signal,
  })) {
    const id = headers['ce_id'] ?? '';
    found.set(id, (found.get(id) ?? 0) + 1);
    const { metadata } = await installation.codec.decode('payments.payment.v1', value);
    versions.set(id, metadata.entityVersion);
  }
  return { found, versions };
}

describe('replay', () => {
  it('gives what a broken normaliser could not read the ids that the good one would have given, once', async () => {
    const good = await ingest(brokenNormalizer, many);

    const looked = json(await replay('--dry-run'));
    const replayed = json(await replay('--reason', 'mended'));
    const again = json(await replay('--reason', 'again', '--verdict', 'normalised,partial,unnormalised'));

    expect(looked).toMatchObject({
      dryRun: true,
      published: 0,
      events: { new: many, same: 0, different: 0, gone: many },
    });
    expect(replayed).toMatchObject({ published: many, deliveries: { chosen: many, verdicts: { normalised: many } } });
    expect(again).toMatchObject({ published: 0, events: { new: 0 } });
    const { found } = await publishedPayments();
    expect(found).toEqual(new Map(good.map(({ eventId }) => [eventId, 1])));
  });

  it('says which fields a mended normaliser reads otherwise, and repairs them by a correction', async () => {
    const good = await ingest(wrong, 3);

    const looked = json(await replay('--dry-run', '--verdict', 'normalised'));
    const plain = json(await replay('--verdict', 'normalised', '--reason', 'nothing is new'));
    const corrected = json(await replay('--verdict', 'normalised', '--correct', '1', '--reason', 'the amount'));
    const again = json(await replay('--verdict', 'normalised', '--correct', '1', '--reason', 'the amount'));

    expect(looked).toMatchObject({ events: { new: 0, same: 0, different: 3 }, fields: { amount: 3 } });
    expect([plain.published, corrected.published, again.published]).toEqual([0, 3, 0]);
    const { versions } = await publishedPayments();
    const first = new Set<string>(good.map(({ eventId }) => eventId));
    const corrections = [...versions].filter(([id]) => !first.has(id)).map(([, version]) => version);
    // The newer one for whoever compares, and of the same moment.
    expect(corrections.map((version) => version.slice(0, 38))).toEqual(
      good.map(({ record }) => record.metadata.entityVersion.slice(0, 38)),
    );
    for (const version of corrections) expect(version).toMatch(/^.{38}\.001\./);
  });

  it('refuses a correction below one that is there', async () => {
    await ingest(wrong, 1);
    await replay('--verdict', 'normalised', '--correct', '2', '--reason', 'the amount');

    const earlier = await replay('--verdict', 'normalised', '--correct', '1', '--reason', 'the amount');

    expect(earlier.exitCode).toBe(exitCodes.usage.code);
    expect(earlier.stderr).toContain('use 3');
  });

  it.each([
    [['--since', '46d', '--dry-run'], '45 days'],
    [['--source', 'src_gone', '--dry-run'], 'no source src_gone'],
    [[], '--reason'],
  ])('refuses %j', async (words, message) => {
    const refused = await replay(...words);

    expect(refused.exitCode).not.toBe(exitCodes.ok.code);
    expect(refused.stderr + refused.stdout).toContain(message);
  });
});
