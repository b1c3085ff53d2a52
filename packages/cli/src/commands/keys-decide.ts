import { TrunklineError } from '@trunkline/core';
import { decideKey, type KeyDecision } from '@trunkline/postgres';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { findKey } from '../keys/find-key.ts';
import { requiredReason } from '../reason.ts';
import { addExamples } from './examples.ts';

export interface KeysDecideOptions {
  readonly group: string;
  readonly key: string;
  readonly reason: string;
}

/** `keys release` and `keys skip`: what the service does with a key at its next look, within a second. */
export function define(keys: Command, launch: Launch): void {
  const release = decision(
    keys,
    'release',
    'try the events that wait in a key now; those behind a dead letter go on without it',
  ).action((group: string, key: string, options: Pick<KeysDecideOptions, 'reason'>) =>
    launch(runRelease, { ...options, group, key }),
  );
  addExamples(release, [
    ['trunkline keys release telephony \'…\' --reason "the cause is fixed"', 'now, and not at the next retry'],
  ]);
  const skip = decision(
    keys,
    'skip',
    'dead-letter the event that a key waits for, so that those after it go on',
  ).action((group: string, key: string, options: Pick<KeysDecideOptions, 'reason'>) =>
    launch(runSkip, { ...options, group, key }),
  );
  addExamples(skip, [['trunkline keys skip telephony \'…\' --reason "a test"', 'the others go on']]);
}

function decision(keys: Command, name: KeyDecision, description: string): Command {
  return keys
    .command(name)
    .description(description)
    .argument('<group>', 'the consumer group: telephony, …')
    .argument('<key>', 'the record key, or the id that `keys list --json` shows')
    .addOption(requiredReason());
}

function runRelease(options: KeysDecideOptions, context: CommandContext): Promise<ExitName> {
  return decide('release', options, context);
}

function runSkip(options: KeysDecideOptions, context: CommandContext): Promise<ExitName> {
  return decide('skip', options, context);
}

async function decide(wanted: KeyDecision, options: KeysDecideOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const { reason } = options;
  const group = requireGroup(options.group);
  const actor = actorOf(context);
  const key = await withDatabase(context, group.schema, async (database) => {
    const found = await findKey(database, options.key, signal);
    if (found === undefined) return undefined;
    if (wanted === 'skip' && found.state === 'held') {
      throw new TrunklineError(
        'config_invalid',
        `what ${found.recordKey} waits for is a dead letter already: keys release lets the others go on without it`,
      );
    }
    return (await decideKey(database, { keyId: found.keyId, decision: wanted, actor, reason })) ? found : undefined;
  });
  if (key === undefined) {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `nothing of ${group.name} waits in the key ${options.key}`,
      fix: `trunkline keys list ${group.name}`,
    });
  }
  const { keyId, recordKey, waiting } = key;
  output.result({ group: group.name, keyId, key: recordKey, decision: wanted, actor, reason, waiting }, () =>
    [
      `${output.style.good('✓')} ${group.name} does it within a second: ${wanted}, ${waiting} events of ${recordKey}`,
      `see: trunkline keys show ${group.name} '${recordKey}'`,
    ].join('\n'),
  );
  return 'ok';
}
