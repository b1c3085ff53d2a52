import { adviceFor } from '@trunkline/operations/advice';
import { type BlockedKey, type KeyEvent, readKeyEvents } from '@trunkline/postgres';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { documentOf, recordIdOf, whenText } from '../keys/document.ts';
import { findKey } from '../keys/find-key.ts';
import { renderPairs, renderTable } from '../render/table.ts';
import { addExamples } from './examples.ts';

export interface KeysShowOptions {
  readonly group: string;
  readonly key: string;
}

const mostEvents = 100;

export function define(keys: Command, launch: Launch): void {
  const command = keys
    .command('show')
    .description('one key whose events wait: for what, since when, and which events')
    .argument('<group>', 'the consumer group: telephony, …')
    .argument('<key>', 'the record key, or the id that `keys list --json` shows')
    .action((group: string, key: string) => launch(run, { group, key }));
  addExamples(command, [["trunkline keys show telephony 'tnt_demo:twilio:AC1:thread:1a4b…'", 'why it waits']]);
}

export async function run(options: KeysShowOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const group = requireGroup(options.group);
  const found = await withDatabase(context, group.schema, async (database) => {
    const key = await findKey(database, options.key, signal);
    return key && { key, events: await readKeyEvents(database, key, { limit: mostEvents, signal }) };
  });
  if (found === undefined) {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `nothing of ${group.name} waits in the key ${options.key}`,
      fix: `trunkline keys list ${group.name}`,
    });
  }
  const { key, events } = found;
  output.result(
    { group: group.name, ...documentOf(key), events: events.map((event) => eventDocument(key, event)) },
    () => renderKey(found, group.name, context),
  );
  return 'ok';
}

function eventDocument(
  { topic }: BlockedKey,
  { uuid, parkedAtMs, ...event }: KeyEvent,
): Readonly<Record<string, unknown>> {
  return { recordId: recordIdOf(topic, uuid), ...event, parkedAt: new Date(parkedAtMs).toISOString() };
}

function renderKey(
  { key, events }: { readonly key: BlockedKey; readonly events: readonly KeyEvent[] },
  group: string,
  { clock, output: { style } }: CommandContext,
): string {
  const head = key.headId === null ? undefined : recordIdOf(key.topic, key.headId);
  const isHeld = key.state === 'held';
  return [
    renderPairs(
      [
        ['key', key.recordKey],
        ['topic', key.topic],
        ['state', `${key.state}: ${whenText(key, clock())}`],
        ['since', new Date(key.sinceMs).toISOString()],
        [isHeld ? 'dead letter' : 'tried', head],
        ['failed with', key.code === '' ? undefined : `${key.code}, ${key.attempts} times: ${adviceFor(key.code)}`],
      ],
      style,
    ),
    renderTable(
      [
        { title: 'EVENT', value: ({ uuid }) => recordIdOf(key.topic, uuid) },
        { title: 'PARTITION', value: ({ partition }) => String(partition), align: 'right' },
        { title: 'OFFSET', value: ({ offset }) => offset, align: 'right' },
        { title: 'STATE', value: ({ state }) => state },
      ],
      events,
      style,
    ),
    renderPairs(
      [
        ['fixed?', isHeld && head !== undefined ? `trunkline dlq redrive ${group} --id ${head}` : undefined],
        ['go on', `trunkline keys release ${group} '${key.recordKey}' --reason …`],
        ['pass over', isHeld ? undefined : `trunkline keys skip ${group} '${key.recordKey}' --reason …`],
      ],
      style,
    ),
  ].join('\n\n');
}
