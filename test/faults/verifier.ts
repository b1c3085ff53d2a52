/** Looks for every promised event where it may be: applied, dead-lettered, or waiting for a retry. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { eventIdOfUuid } from '@trunkline/core';
import { headerName, idStart, idStartIn } from '@trunkline/events';
import { deadLetterTopic, type IncomingRecord, readRecords, retryTopic } from '@trunkline/kafka';
import type { Findings } from '@trunkline/testkit';

import type { FaultWorld } from './world.ts';

const readDeadlineMs = 60_000;
const readLimit = 1_000_000;
const groups = ['payments', 'tally'] as const;

/**
 * An event counts as applied when both consumers did it: the tally, which shows doubled effects, and the payments
 * service, whose row carries the beginning of the event's id in its version.
 */
export async function findings(world: FaultWorld): Promise<Findings> {
  const [tallied, projected] = await Promise.all([
    tallyFindings(world),
    texts(world, 'SELECT entity_version AS text FROM payments.payment'),
  ]);
  const applied = new Set(projected.map((version) => idStartIn(version)));
  return { ...tallied, effects: tallied.effects.filter((id) => applied.has(idStart(id))) };
}

/** The same where several events are about one payment, whose row then tells of the newest alone: what the tally did. */
export async function tallyFindings(world: FaultWorld): Promise<Findings> {
  const [effects, deadLetters] = await Promise.all([
    texts(world, 'SELECT event_id::text AS text FROM tally.effect'),
    deadLetterIdsOf(world, groups),
  ]);
  return { effects: effects.map(eventIdOfUuid), deadLetters, waiting: [] };
}

/**
 * How often the tally met an event whose effect was already committed: what the inbox is for. Counted in its log, which
 * a kill cuts short, so at least this many.
 */
export function countRedeliveries(world: FaultWorld): number {
  const log = readFileSync(join(world.installation.logDir, 'tally.log'), 'utf8');
  return log.split('\n').filter((line) => line.includes('"outcome":"duplicate"')).length;
}

async function texts(world: FaultWorld, sql: string): Promise<readonly string[]> {
  const rows = await world.database.transaction([world.tenantId], (tx) => tx.query<{ readonly text: string }>(sql));
  return rows.map(({ text }) => text);
}

export async function deadLetterIdsOf(world: FaultWorld, groups: readonly string[]): Promise<readonly string[]> {
  const letters = await copiesOn(world, groups.map(deadLetterTopic));
  return letters.flatMap(({ headers }) => headers[headerName.id] ?? []);
}

/** Every retry and dead letter of both groups. */
export async function copies(world: FaultWorld): Promise<readonly IncomingRecord[]> {
  return copiesOn(
    world,
    groups.flatMap((group) => [deadLetterTopic(group), retryTopic(group, world.retryTier)]),
  );
}

/** Of one group; a copy may have arrived twice. */
export async function deadLetters(
  world: FaultWorld,
  group: (typeof groups)[number],
): Promise<readonly IncomingRecord[]> {
  const origins = [headerName.originalTopic, headerName.originalPartition, headerName.originalOffset];
  const letters = await copiesOn(world, [deadLetterTopic(group)]);
  return [
    ...new Map(letters.map((letter) => [origins.map((name) => letter.headers[name]).join('/'), letter])).values(),
  ];
}

async function copiesOn(world: FaultWorld, topics: readonly string[]): Promise<readonly IncomingRecord[]> {
  const read = topics.map(async (topic) => {
    const found: IncomingRecord[] = [];
    const signal = AbortSignal.timeout(readDeadlineMs);
    for await (const record of readRecords(world.kafka, { topic, limit: readLimit, signal })) found.push(record);
    return found;
  });
  return (await Promise.all(read)).flat();
}
