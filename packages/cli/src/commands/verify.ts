import { TrunklineError } from '@trunkline/core';
import type { Command } from 'commander';

import { collectArgument, optionsArgument, timeArgument } from '../arguments.ts';
import { type CaptureEntry, largestFileBytes, readCaptureFile } from '../capture/capture-file.ts';
import { readInput } from '../capture/read-file.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireReferences } from '../secret-reference.ts';
import { createKeyFetcher } from '../verify/key-material.ts';
import { documentOf, renderLine, renderVerdict } from '../verify/render.ts';
import { createSourceFinder, type SourceFinder } from '../verify/source-finder.ts';
import { type CaseDefaults, type CaseVerdict, verifyCase } from '../verify/verify-case.ts';
import { addExamples } from './examples.ts';

export interface VerifyOptions {
  readonly provider: string;
  /** A path, or `-` for stdin. */
  readonly file: string;
  readonly source?: string;
  readonly secret?: readonly string[];
  readonly account?: string;
  readonly options?: unknown;
  readonly publicUrl?: string;
  readonly at?: number;
  readonly ndjson?: boolean;
  readonly fetchKeys?: boolean;
  /** False with --no-diagnose. */
  readonly diagnose?: boolean;
}

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('verify')
    .description('say whether a captured request is authentic, which step refuses it, and which usual mistake it is')
    .argument('<provider>', 'stripe, generic, …')
    .argument(
      '[file]',
      'JSON {method,url,headers,body|bodyBase64}, a HAR entry or a HAR, HTTP text, or JSON of a request a line; - is stdin',
      '-',
    )
    .option('--source <id>', 'the source whose secrets and options apply')
    .option('--secret <reference>', 'env:NAME instead of a source; may be repeated', collectArgument)
    .option('--account <id>', 'the account setting, with --secret')
    .option('--options <json>', 'the options setting as JSON, with --secret', optionsArgument)
    .option('--public-url <url>', 'the address as the provider sees it, where it is part of the signature')
    .option('--at <time>', 'verify as of this time (ISO 8601), because a capture grows stale', timeArgument)
    .option('--ndjson', 'JSON of a request a line in, JSON of a verdict a line out')
    .option('--fetch-keys', 'fetch the certificate that a request names, from the provider’s own hosts (PayPal)')
    .option('--no-diagnose', 'only the verdict: try no usual mistakes')
    .action((provider: string, file: string, options: Omit<VerifyOptions, 'provider' | 'file'>) =>
      launch(run, { ...options, provider, file }),
    );
  addExamples(command, [
    ['trunkline verify stripe request.http --source src_stripe_demo', 'with the secrets of a source'],
    ['pbpaste | trunkline verify stripe - --secret env:STRIPE_SECRET', 'from stdin, with a secret of the environment'],
    [
      'trunkline verify stripe old.json --source src_stripe_demo --at 2025-01-31T12:00:00Z',
      'as of the time of the capture',
    ],
    ['trunkline verify stripe many.ndjson --ndjson', 'lines {request, provider?, source?, secret?, options?, at?}'],
  ]);
}

export async function run(options: VerifyOptions, context: CommandContext): Promise<ExitName> {
  if (options.source !== undefined && options.secret !== undefined) {
    throw new TrunklineError('config_invalid', 'give either --source or --secret, not both');
  }
  requireReferences(options.secret);
  const bytes = await readInput(options.file, context, largestFileBytes);
  const { many, entries } = readCaptureFile(bytes, { lines: options.ndjson === true });
  const defaults: CaseDefaults = {
    wish: {
      provider: options.provider,
      source: options.source,
      secrets: options.secret,
      account: options.account,
      options: options.options,
      publicUrl: options.publicUrl,
      atMs: options.at,
    },
    nowMs: context.clock(),
    diagnose: options.diagnose !== false,
    ...(options.fetchKeys === true ? { withKeys: createKeyFetcher(context.signal) } : {}),
  };
  const finder = createSourceFinder(context);
  const [first] = entries;
  if (!many && first !== undefined && 'captured' in first) {
    const verdict = await verifyCase(first.captured, defaults, finder);
    context.output.result(documentOf(verdict), () => renderVerdict(verdict, context.output.style));
    return verdict.judgement.accepted ? 'ok' : 'refused';
  }
  return verifyMany({ entries, defaults, finder, asLines: options.ndjson === true }, context);
}

interface Many {
  readonly entries: readonly CaptureEntry[];
  readonly defaults: CaseDefaults;
  readonly finder: SourceFinder;
  readonly asLines: boolean;
}

/** One verdict a line, in the order of the file; a line that cannot be verified is one that failed, not the end. */
async function verifyMany({ entries, defaults, finder, asLines }: Many, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const progress = output.progress('verifying');
  const verdicts: { readonly number: number; readonly verdict: CaseVerdict | { readonly flaw: string } }[] = [];
  try {
    for (const entry of entries) {
      context.signal.throwIfAborted();
      verdicts.push({ number: entry.number, verdict: await verdictOf(entry, defaults, finder) });
      progress.update(verdicts.length, entries.length);
    }
  } finally {
    progress.end();
  }
  const documents = verdicts.map(({ number, verdict }) =>
    'flaw' in verdict
      ? { line: number, accepted: false, error: verdict.flaw }
      : { line: number, ...documentOf(verdict) },
  );
  const accepted = documents.filter((document) => document.accepted === true).length;
  output.result({ requests: entries.length, accepted, verdicts: documents }, () =>
    asLines
      ? documents.map((document) => JSON.stringify(document)).join('\n')
      : [
          ...verdicts.map(({ number, verdict }) => renderLine(number, verdict, output.style)),
          `${accepted} of ${entries.length} are authentic`,
        ].join('\n'),
  );
  return accepted === entries.length ? 'ok' : 'refused';
}

async function verdictOf(
  entry: CaptureEntry,
  defaults: CaseDefaults,
  finder: SourceFinder,
): Promise<CaseVerdict | { readonly flaw: string }> {
  if ('flaw' in entry) return entry;
  try {
    return await verifyCase(entry.captured, defaults, finder);
  } catch (error) {
    // What a line asks for and there is not: a provider, a source, options that do not parse.
    if (error instanceof TrunklineError) return { flaw: error.message };
    throw error;
  }
}
