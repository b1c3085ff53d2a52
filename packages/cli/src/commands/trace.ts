import { isRecordId, TrunklineError } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { collectTraces, isTraceId, isUnsampledParent, traceIdOfParent } from '@trunkline/operations';
import { formatAge } from '@trunkline/operations/units';
import { type Command, Option } from 'commander';

import { durationArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka, openReadingCodec } from '../kafka-access.ts';
import { findEvent } from '../search/find-event.ts';
import { openJournalIndex } from '../search/journal-index.ts';
import { requireTraceStore } from '../trace/store-of.ts';
import { buildTraceTree, renderTraceTree } from '../trace/tree.ts';
import { addExamples } from './examples.ts';

export interface TraceOptions {
  readonly id: string;
  readonly since: number;
}

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('trace')
    .description('draw the spans from the HTTP request to the committed row as one tree')
    .argument('<id>', 'a trace id (32 hex digits), a traceparent, evt_… or req_…')
    .addOption(
      new Option('--since <time>', 'for evt_…: how far back topics are read')
        .argParser(durationArgument)
        .default(3_600_000, '1h'),
    )
    .action((id: string, options: Omit<TraceOptions, 'id'>) => launch(run, { ...options, id }));
  addExamples(command, [
    ['trunkline trace evt_47fca7c8db0b51af89a63cf6e0ed9357', 'by event'],
    ['trunkline trace 4bf92f3577b34da6a3ce929d0e0e4736', 'by trace id'],
    ['trunkline trace 4bf92f… --jaeger-url http://localhost:16686', 'from Jaeger'],
  ]);
}

export async function run(options: TraceOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const store = requireTraceStore(context.settings);
  const { traceIds: named, unsampledId } = await namedTraces(options, context);
  if (named.length === 0) {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `no trace is known for ${options.id} within the last ${formatAge(options.since)}`,
      fix: 'look further back with --since 7d',
    });
  }
  const { spans, traceIds, absentTraceIds } = await collectTraces(store, named, signal);
  const tree = buildTraceTree(spans);
  if (tree === undefined && unsampledId !== undefined) {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `${unsampledId} was not sampled, so no span of it was kept`,
      fix: 'the log lines of the processes have its traceId; OTEL_TRACES_SAMPLER_ARG says how many traces are kept',
    });
  }
  if (tree === undefined) {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `${store.title} does not hold ${named.join(', ')}`,
      fix: 'spans arrive a few seconds late, and the embedded store forgets them when it stops; try again in a moment',
    });
  }
  const pages = traceIds.map((traceId) => store.pageOf(traceId));
  output.result({ traceIds, absentTraceIds, pages, tree }, () =>
    [
      renderTraceTree(tree, output.style, output.width),
      '',
      ...pages.map((page) => `${output.style.faint('see')}  ${page}`),
    ].join('\n'),
  );
  if (unsampledId !== undefined) output.note(`${unsampledId}, of the request, was not sampled: no span of it was kept`);
  if (absentTraceIds.length > 0) output.note(`not in ${store.title}: ${absentTraceIds.join(', ')}`);
  return 'ok';
}

interface NamedTraces {
  readonly traceIds: readonly string[];
  /** The first of them, where it is known that nothing of it was kept. */
  readonly unsampledId: string | undefined;
}

async function namedTraces(options: TraceOptions, context: CommandContext): Promise<NamedTraces> {
  const { id } = options;
  const fromParent = traceIdOfParent(id);
  if (fromParent !== undefined) return { traceIds: [fromParent], unsampledId: unsampledIdOf(id) };
  if (isTraceId(id)) return { traceIds: [id], unsampledId: undefined };
  if (!isRecordId(id)) {
    throw new TrunklineError(
      'config_invalid',
      `${JSON.stringify(id)} is neither a trace id (32 hex digits) nor the id of an event (evt_…) or a request (req_…)`,
    );
  }
  const connection = openKafka(context);
  const history = await findEvent(id, {
    context,
    connection,
    index: await openJournalIndex(context, connection),
    codec: await openReadingCodec(context),
    sinceMs: options.since,
    onGap: (gap) => context.output.note(gap),
  });
  return {
    traceIds: history.traceIds,
    unsampledId: unsampledIdOf(history.record?.headers[headerName.originTraceparent]),
  };
}

function unsampledIdOf(traceparent: string | undefined): string | undefined {
  return isUnsampledParent(traceparent) ? traceIdOfParent(traceparent) : undefined;
}
