import { setTimeout as delay } from 'node:timers/promises';

import { redriveTopic, retryGroup, type TopicAdmin } from '@trunkline/kafka';

import { type FailureTopics, failureTopicsOf, readCopies } from './copies.ts';
import { findDone, findParked, type Schemas } from './databases.ts';
import { offsetsOf, type Promised, readPromised } from './promised.ts';
import type { AccountTools } from './tools.ts';

/** What became of what a group was to do. */
export interface GroupAccount {
  readonly group: string;
  /** Records of types that the group handles, each id once. */
  readonly promised: number;
  readonly applied: number;
  /** Not read yet, or sent back and not read yet. */
  readonly waiting: number;
  readonly retrying: number;
  readonly parked: number;
  readonly dead: number;
  /** None of these: the group has passed them, and nothing is there. */
  readonly unaccounted: readonly Promised[];
}

export interface AccountedGroup {
  readonly name: string;
  readonly schema: string;
  readonly topics: readonly string[];
  readonly types: readonly string[];
}

export interface AccountQuestion {
  /** Appended since and before, epoch milliseconds. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly retryTiers: readonly string[];
}

/** Between the two looks at what was not found: a record on its way from one place to the next is in neither for a moment. */
const secondLookMs = 1_000;

/**
 * Looks for each record that a group was to handle where it may be: applied, waiting, retrying, parked or dead. What is
 * committed is read before where records are, so lag never looks like loss. Reads topics, so it takes its time: a
 * million records are about a minute. Rejects with `config_invalid` where they are more.
 */
export async function accountOf(
  tools: AccountTools,
  group: AccountedGroup,
  question: AccountQuestion,
): Promise<GroupAccount> {
  const { admin } = tools;
  const committed = offsetsOf(await admin.groupLag(group.name, group.topics));
  const failures = failureTopicsOf(group.name, question.retryTiers);
  const begun = await begunOf(admin, group.name, failures);
  const promised = await readPromised(tools, { group, committed, ...question });
  const found = await lookFor(tools, { group, promised, failures, begun, sinceMs: question.sinceMs });
  if (found.unaccounted.length === 0) return found.account;
  await delay(secondLookMs, undefined, { signal: tools.signal });
  const again = await lookFor(tools, {
    group,
    promised: found.unaccounted,
    failures,
    begun,
    sinceMs: question.sinceMs,
  });
  return added(found.account, again.account);
}

/** Where the retry and redrive pumps are. */
async function begunOf(
  admin: TopicAdmin,
  group: string,
  { retry }: FailureTopics,
): Promise<ReadonlyMap<string, bigint>> {
  const retries = await admin.groupLag(retryGroup(group), retry);
  const redrives = await admin.groupLag(redriveTopic(group), [redriveTopic(group)]);
  return offsetsOf([...retries, ...redrives]);
}

interface Search {
  readonly group: AccountedGroup;
  readonly promised: readonly Promised[];
  readonly failures: FailureTopics;
  readonly begun: ReadonlyMap<string, bigint>;
  readonly sinceMs: number;
}

interface Found {
  readonly account: GroupAccount;
  readonly unaccounted: readonly Promised[];
}

/** In the order in which a record moves, backwards: what leaves a place after we looked there is found at the next one. */
async function lookFor(tools: AccountTools, search: Search): Promise<Found> {
  const { group, promised } = search;
  const schemas: Schemas = { database: tools.database, schema: group.schema, signal: tools.signal };
  const copies = await readCopies(tools, search);
  const parked = await findParked(schemas, promised);
  const applied = await findDone(schemas, promised);
  const states = promised.map((record): [Promised, Exclude<keyof GroupAccount, 'group' | 'promised'>] => {
    const copy = copies.get(record.uuid ?? '') ?? copies.get(record.place);
    if (record.uuid !== undefined && applied.has(record.uuid)) return [record, 'applied'];
    if (record.uuid !== undefined && parked.get(record.uuid) === 'waiting') return [record, 'parked'];
    if (copy === 'retrying') return [record, 'retrying'];
    if (copy === 'redriven' || record.isWaiting) return [record, 'waiting'];
    if (copy === 'dead' || (record.uuid !== undefined && parked.get(record.uuid) === 'dead')) return [record, 'dead'];
    return [record, 'unaccounted'];
  });
  const count = (state: string): number => states.filter(([, own]) => own === state).length;
  const unaccounted = states.flatMap(([record, state]) => (state === 'unaccounted' ? [record] : []));
  return {
    account: {
      group: group.name,
      promised: promised.length,
      applied: count('applied'),
      waiting: count('waiting'),
      retrying: count('retrying'),
      parked: count('parked'),
      dead: count('dead'),
      unaccounted,
    },
    unaccounted,
  };
}

function added(first: GroupAccount, second: GroupAccount): GroupAccount {
  return {
    group: first.group,
    promised: first.promised,
    applied: first.applied + second.applied,
    waiting: first.waiting + second.waiting,
    retrying: first.retrying + second.retrying,
    parked: first.parked + second.parked,
    dead: first.dead + second.dead,
    unaccounted: second.unaccounted,
  };
}
