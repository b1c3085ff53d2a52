import { randomUUID } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';
import { createPublisher, type OutgoingRecord, type Publisher, recordLimits, redriveTopic } from '@trunkline/kafka';
import type { Command } from 'commander';

import { collectArgument, rateArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { chooseLetters, isTooOld } from '../dead-letters/choose.ts';
import { addFilterOptions, filterOf, type FilterOptions } from '../dead-letters/filter-options.ts';
import { type DeadLetter, readDeadLetters } from '../dead-letters/read.ts';
import { redriveHeaders, type RedriveRun } from '../dead-letters/redrive-headers.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { openKafka } from '../kafka-access.ts';
import { createPace } from '../pace.ts';
import { renderPairs } from '../render/table.ts';
import { planTopics } from '../topic-plan.ts';
import { isOpen } from './dlq-list.ts';
import { addExamples } from './examples.ts';

export interface DlqRedriveOptions extends FilterOptions {
  readonly group: string;
  readonly id?: readonly string[];
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly rate: number;
  readonly force?: boolean;
}

const publishDeadlineMs = 30_000;
const closeDeadlineMs = 10_000;

export function define(dlq: Command, launch: Launch): void {
  const redrive = dlq
    .command('redrive')
    .description('send dead letters back to their group, once the cause is fixed')
    .argument('<group>', 'the consumer group: payments, …')
    .option('--id <id>', 'this dead letter; may be repeated, or a list with commas', collectArgument)
    .option('--all', 'every open dead letter that the filters let through');
  const command = addFilterOptions(redrive)
    .option('--dry-run', 'say what would be sent back, and send nothing')
    .option('--rate <n/s>', 'records per second', rateArgument(10_000), 50)
    .option('--force', 'also those older than 38 days, whose effect the inbox may no longer remember')
    .action((group: string, options: Omit<DlqRedriveOptions, 'group'>) => launch(run, { ...options, group }));
  addExamples(command, [
    ['trunkline dlq redrive payments --id evt_…', 'one event'],
    ['trunkline dlq redrive payments --all --code upstream_4xx --dry-run', 'what would be sent back'],
    ['trunkline dlq redrive payments --all --tenant tnt_acme --since 1d', 'those of one customer, of one day'],
    ['trunkline dlq redrive payments --all --rate 200/s', 'everything, at most 200 a second'],
  ]);
}

export async function run(options: DlqRedriveOptions, context: CommandContext): Promise<ExitName> {
  if ((options.id === undefined) === (options.all !== true)) {
    throw new TrunklineError(
      'config_invalid',
      'say which dead letters: either --id <id> or --all (with --type, --tenant, --code, --since or --until to narrow it)',
    );
  }
  const group = requireGroup(options.group);
  const connection = openKafka(context);
  const { letters, complete } = await readDeadLetters({ connection, group }, context);
  const { chosen, unknownIds } = chooseLetters(letters, { ...filterOf(options, context.clock()), ids: options.id });
  if (unknownIds.length > 0) {
    return context.output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `no dead letter of ${group.name} has the id ${unknownIds.join(', ')}; nothing was sent`,
      fix: `trunkline dlq list ${group.name} --all`,
    });
  }
  const open = chosen.filter(isOpen);
  const nowMs = context.clock();
  const sendable = options.force === true ? open : open.filter((letter) => !isTooOld(letter, nowMs));
  const redriveRun: RedriveRun = {
    redriveId: randomUUID(),
    nowMs,
    forcedIds: new Set(sendable.filter((letter) => isTooOld(letter, nowMs)).map((letter) => letter.id)),
  };
  const outcome: RedriveOutcome = {
    group: group.name,
    redriveId: redriveRun.redriveId,
    dryRun: options.dryRun === true,
    sent: sendable.map((letter) => letter.id),
    alreadyDone: chosen.filter((letter) => !isOpen(letter)).map((letter) => letter.id),
    tooOld: open.filter((letter) => !sendable.includes(letter)).map((letter) => letter.id),
    complete,
  };
  if (!outcome.dryRun && sendable.length > 0) {
    const publisher = await createPublisher(connection, {
      limits: { maxRecordBytes: recordLimits(planTopics(context)) },
    });
    try {
      await publishAll(
        publisher,
        {
          records: sendable.map((letter) => redriveRecord(group.name, letter, redriveRun)),
          ratePerSecond: options.rate,
        },
        context,
      );
    } finally {
      await publisher.close({ deadlineMs: closeDeadlineMs });
    }
  }
  context.output.result(outcome, () => renderOutcome(outcome, context));
  return outcome.tooOld.length > 0 ? 'refused' : 'ok';
}

/** The record of a dead letter on its way back: key and value untouched. */
export function redriveRecord(group: string, letter: DeadLetter, redriveRun: RedriveRun): OutgoingRecord {
  const { key, value, headers } = letter.record;
  return {
    topic: redriveTopic(group),
    // Poison put on a topic by hand may have no key; the publisher takes none without.
    key: key === null || key.length === 0 ? Buffer.from(letter.id, 'utf8') : key,
    value,
    headers: redriveHeaders(headers, redriveRun, { forced: redriveRun.forcedIds.has(letter.id) }),
  };
}

interface RedriveOutcome {
  readonly group: string;
  readonly redriveId: string;
  readonly dryRun: boolean;
  readonly sent: readonly string[];
  readonly alreadyDone: readonly string[];
  readonly tooOld: readonly string[];
  readonly complete: boolean;
}

/** In portions of a tenth of a second, each acknowledged before the next: an interruption loses count of nothing. */
async function publishAll(
  publisher: Publisher,
  work: { readonly records: readonly OutgoingRecord[]; readonly ratePerSecond: number },
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const { records, ratePerSecond } = work;
  const progress = output.progress('redriving');
  const portion = Math.max(1, Math.floor(ratePerSecond / 10));
  const pace = createPace(ratePerSecond);
  try {
    for (let sent = 0; sent < records.length; sent += portion) {
      const next = records.slice(sent, sent + portion);
      await pace.wait(next.length, signal);
      try {
        await publisher.publish(next, { deadlineMs: publishDeadlineMs, signal });
      } catch (error) {
        output.note(
          `${sent} of ${records.length} were sent back before this; they may be sent again, the inbox keeps their effect single`,
        );
        throw error;
      }
      progress.update(sent + next.length, records.length);
    }
  } finally {
    progress.end();
  }
}

function renderOutcome(outcome: RedriveOutcome, context: CommandContext): string {
  const { style } = context.output;
  const { sent, alreadyDone, tooOld, dryRun, group } = outcome;
  const head = dryRun
    ? `${sent.length} ${sent.length === 1 ? 'dead letter' : 'dead letters'} of ${group} would be sent back`
    : `${style.good('✓')} ${sent.length} ${sent.length === 1 ? 'dead letter' : 'dead letters'} of ${group} sent back`;
  const first = sent[0];
  return [
    head,
    renderPairs(
      [
        ['redrive', dryRun || sent.length === 0 ? undefined : outcome.redriveId],
        ['done since', alreadyDone.length === 0 ? undefined : `${alreadyDone.length}, left alone`],
        [
          'too old',
          tooOld.length === 0
            ? undefined
            : `${tooOld.length}, refused: older than 38 days (--force sends them anyway) ${tooOld[0]}`,
        ],
        ['next', dryRun || first === undefined || first.includes(':') ? undefined : `trunkline events show ${first}`],
      ],
      style,
    ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}
