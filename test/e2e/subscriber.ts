/** A subscriber of docs/how-to/subscribe.md as a process: told where to read by its environment, heard by what it prints. */
import { spawn } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';

import type { Topic } from '@trunkline/events';
import { until } from '@trunkline/installation';
import { createTopicAdmin } from '@trunkline/kafka';

import type { E2eWorld } from './world.ts';

export interface SubscriberRun {
  readonly command: readonly [program: string, ...args: string[]];
  /** Its consumer group, without the namespace. */
  readonly group: string;
  /** The SQLite file it keeps. */
  readonly stateFile: string;
  /** Payments unless given. */
  readonly topic?: Topic;
}

const readDeadlineMs = 40_000;
const endDeadlineMs = 15_000;

export interface SubscriberLines {
  /** Its events. */
  readonly lines: readonly unknown[];
  /** What it says beside them. */
  readonly remarks: string;
}

/** Runs it until its group has finished everything on the topic, ends it as an operator would, and gives its lines. */
export async function runSubscriber(world: E2eWorld, run: SubscriberRun): Promise<SubscriberLines> {
  const { endpoints } = world.installation;
  const { topic = 'payments.payment.v1' } = run;
  const [program, ...args] = run.command;
  const child = spawn(program, args, {
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: endpoints.kafkaBrokers,
      REGISTRY_URL: endpoints.registryUrl,
      TOPIC: world.kafka.onWire(topic),
      GROUP: world.kafka.onWire(run.group),
      STATE: run.stateFile,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said.stderr += chunk));
  const ended = { code: undefined as number | null | undefined };
  child.on('error', (error) => (said.stderr += error.message)).on('close', (code) => (ended.code = code));
  try {
    await until(
      'the subscriber has finished the topic',
      async () => {
        if (ended.code !== undefined) throw new Error(`it ended with ${ended.code}: ${said.stderr.slice(-2_000)}`);
        return hasFinished(world, run.group, topic);
      },
      { deadlineMs: readDeadlineMs },
    );
    child.kill('SIGTERM');
    await until('the subscriber has ended', () => ended.code !== undefined, { deadlineMs: endDeadlineMs });
  } finally {
    child.kill('SIGKILL');
  }
  if (ended.code !== 0) throw new Error(`the subscriber ended with ${ended.code}: ${said.stderr.slice(-2_000)}`);
  const lines = said.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
  return { lines, remarks: said.stderr };
}

/** Where something was committed and nothing is left to read. */
async function hasFinished(world: E2eWorld, group: string, topic: Topic): Promise<boolean> {
  const admin = createTopicAdmin(world.kafka);
  try {
    const lags = await admin.groupLag(group, [topic]);
    return lags.some(({ committed }) => committed !== undefined) && lags.every(({ lag }) => lag === 0n);
  } finally {
    await admin.close();
  }
}

/** What it holds of the field of a payment. */
export function heldValue(stateFile: string, entityId: string, field: string): unknown {
  const database = new DatabaseSync(stateFile, { readOnly: true });
  try {
    const sql = "SELECT value FROM state WHERE json_extract(entity, '$[4]') = ? AND field = ?";
    const row = database.prepare(sql).get(entityId, field);
    return row === undefined ? undefined : JSON.parse(String(row['value']));
  } finally {
    database.close();
  }
}

/** The places that it has parked, with how many bytes. */
export function parkedPlaces(stateFile: string): readonly unknown[] {
  const database = new DatabaseSync(stateFile, { readOnly: true });
  try {
    return database
      .prepare('SELECT partition, CAST(offset AS INTEGER) AS offset, length(value) AS bytes FROM parked ORDER BY 1, 2')
      .all();
  } finally {
    database.close();
  }
}
