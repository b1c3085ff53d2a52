import type { Command } from 'commander';

import { collectArgument, countArgument, waitArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { SunkRequest } from '../endpoints/sink.ts';
import type { ExitName } from '../exit-codes.ts';
import { printable, type Style } from '../render/style.ts';
import { readSecret, requireReferences } from '../secret-reference.ts';
import { addExamples } from './examples.ts';

export interface EndpointsListenOptions {
  readonly secret: readonly string[];
  readonly port: number;
  readonly host: string;
  readonly fail: number;
  readonly slow: number;
  readonly limit?: number;
}

export function define(endpoints: Command, launch: Launch): void {
  const command = endpoints
    .command('listen')
    .description('run a receiver on this machine that verifies, prints and answers each request, until Ctrl-C')
    .requiredOption('--secret <env:NAME>', 'what it verifies with; several during a rotation', collectArgument)
    .option('--port <n>', 'where it listens; 0 for any', countArgument(0, 65_535), 18_100)
    .option('--host <address>', 'on which address', '127.0.0.1')
    .option('--fail <percent>', 'part of the requests that it answers with 503', countArgument(0, 100), 0)
    .option('--slow <time>', 'how long it takes for each answer, at most 1d', waitArgument, 0)
    .option('--limit <n>', 'end after so many requests', countArgument(1, 1_000_000))
    .action((options: EndpointsListenOptions) => launch(run, options));
  addExamples(command, [
    ['WEBHOOK_SECRET=whsec_… trunkline endpoints listen --secret env:WEBHOOK_SECRET', 'see what arrives'],
    ['trunkline endpoints listen --secret env:WEBHOOK_SECRET --fail 20 --slow 2s', 'see what is tried again'],
  ]);
}

/** Fails where a request was not genuine. */
export async function run(options: EndpointsListenOptions, context: CommandContext): Promise<ExitName> {
  const { output, settings, clock } = context;
  requireReferences(options.secret);
  const secrets = await Promise.all(options.secret.map((reference) => readSecret(reference, settings)));
  const enough = new AbortController();
  let requests = 0;
  let refused = 0;
  // It verifies as the ingress does, by the providers: the other commands of its group do not wait for these.
  const { startSink } = await import('../endpoints/sink.ts');
  const sink = await startSink({
    host: options.host,
    port: options.port,
    secrets,
    failing: options.fail / 100,
    slowMs: options.slow,
    nowMs: clock,
    onRequest(request) {
      requests += 1;
      if (!request.isVerified) refused += 1;
      output.item(request, () => lineOf(request, output.style));
      if (requests === options.limit) enough.abort();
    },
  });
  output.note(`listening on ${sink.url}; Ctrl-C ends it`);
  const ended = AbortSignal.any([context.signal, enough.signal]);
  if (!ended.aborted) await new Promise<void>((resolve) => ended.addEventListener('abort', () => resolve()));
  await sink.close();
  if (refused > 0) {
    return output.failure({
      exit: 'refused',
      code: 'signature_invalid',
      message: `${refused} of ${requests} requests were not genuine`,
    });
  }
  return 'ok';
}

function lineOf(
  { isVerified, problem, type, id, attempt, seenBefore, status, bytes }: SunkRequest,
  style: Style,
): string {
  const mark = isVerified ? style.good('✓ verified') : style.bad('✗ refused ');
  const words = [
    mark,
    printable(type ?? 'no type'),
    printable(id ?? 'no id'),
    `attempt ${attempt ?? '?'}`,
    `${bytes} bytes`,
    `→ ${status}`,
    ...(seenBefore > 0 ? [style.warn(`again (${seenBefore + 1})`)] : []),
    ...(problem === null ? [] : [printable(problem)]),
  ];
  return words.join('  ');
}
