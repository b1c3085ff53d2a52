import { isEventId, TrunklineError } from '@trunkline/core';
import { findMessage, type MessageHistory, tenantsWithEndpoints } from '@trunkline/delivery';
import { formatMicroseconds, formatTime } from '@trunkline/operations/units';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import type { Style } from '../render/style.ts';
import { renderPairs, renderTable } from '../render/table.ts';
import { addExamples } from './examples.ts';
import { documentOfMessage } from './messages-list.ts';

export interface MessagesShowOptions {
  readonly id: string;
}

export function define(messages: Command, launch: Launch): void {
  const command = messages
    .command('show')
    .description('what became of an event at each endpoint that was to receive it, with every attempt')
    .argument('<evt_…>', 'the event; equal to webhook-id')
    .action((id: string) => launch(run, { id }));
  addExamples(command, [['trunkline messages show evt_47fca7c8db0b51af89a63cf6e0ed9357', 'why did it not arrive?']]);
}

export async function run({ id }: MessagesShowOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  if (!isEventId(id))
    throw new TrunklineError('config_invalid', `${JSON.stringify(id)} is no event: evt_ and 32 digits`);
  const history = await withDatabase(context, 'delivery', async (database) =>
    findMessage(database, { eventId: id, tenants: await tenantsWithEndpoints(database, signal), signal }),
  );
  if (history === undefined) {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `no endpoint was to be told of ${id}: its tenant has none, or it is not there any more`,
      fix: `trunkline events show ${id}`,
    });
  }
  const { message, waiting, attempts } = history;
  const document = {
    message: documentOfMessage(message),
    waiting: waiting.map(({ dueAtMs, ...rest }) => ({ ...rest, dueAt: dueAtMs === null ? null : formatTime(dueAtMs) })),
    attempts: attempts.map(({ atMs, nextAtMs, ...rest }) => ({
      ...rest,
      at: formatTime(atMs),
      nextAt: nextAtMs === null ? null : formatTime(nextAtMs),
    })),
  };
  output.result(document, () => render(history, output.style));
  return 'ok';
}

function render({ message, waiting, attempts }: MessageHistory, style: Style): string {
  const head = renderPairs(
    [
      ['event', message.eventId],
      ['type', message.type],
      ['tenant', message.tenantId],
      ['accepted', formatTime(message.acceptedAtMs)],
    ],
    style,
  );
  const verdicts = renderTable(
    [
      { title: 'ENDPOINT', value: ([endpoint]) => endpoint },
      { title: 'VERDICT', value: ([, verdict]) => verdict },
      {
        title: 'NEXT ATTEMPT',
        value: ([endpoint]) => {
          const task = waiting.find(({ endpointId }) => endpointId === endpoint);
          if (task === undefined) return '';
          return task.dueAtMs === null ? 'held' : formatTime(task.dueAtMs);
        },
      },
    ],
    Object.entries(message.verdicts),
    style,
  );
  const log =
    attempts.length === 0
      ? style.faint('no attempts yet')
      : renderTable(
          [
            { title: 'AT', value: ({ atMs }) => formatTime(atMs) },
            { title: 'ENDPOINT', value: ({ endpointId }) => endpointId },
            { title: 'NO', value: ({ no }) => String(no), align: 'right' },
            { title: 'CODE', value: ({ code }) => code },
            { title: 'TOOK', value: ({ tookMs }) => formatMicroseconds(tookMs * 1_000), align: 'right' },
            { title: 'OUTCOME', value: ({ outcome, nextAtMs }) => outcome ?? (nextAtMs === null ? 'held' : 'again') },
            { title: 'DETAIL', value: ({ detail }) => detail ?? '', maxWidth: 60 },
          ],
          attempts,
          style,
        );
  return [head, verdicts, log].join('\n\n');
}
