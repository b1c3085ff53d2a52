import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { TrunklineError } from '@trunkline/core';
import {
  liveSecrets,
  normalizeDelivery,
  type ProviderSource,
  type ReceivedRequest,
  Secret,
  verifyDelivery,
} from '@trunkline/providers';
import { type Command, InvalidArgumentError } from 'commander';

import { collectArgument } from '../arguments.ts';
import { type CapturedRequest, largestCaptureBytes, parseCapture } from '../captured-request.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { printable } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import { formatTime } from '../render/units.ts';
import { readSecret } from '../secret-reference.ts';
import { findProvider, openCatalog, pickSource } from '../source-access.ts';
import { addExamples } from './examples.ts';

export interface VerifyOptions {
  readonly provider: string;
  /** A path, or `-` for stdin. */
  readonly file: string;
  readonly source?: string;
  readonly secret?: readonly string[];
  readonly account?: string;
  readonly publicUrl?: string;
  readonly at?: number;
}

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('verify')
    .description('say whether a captured request is authentic, and which step refuses it')
    .argument('<provider>', 'stripe, generic, …')
    .argument('[file]', 'the request: JSON {method,url,headers,body|bodyBase64} or HTTP text; - is stdin', '-')
    .option('--source <id>', 'the source whose secrets and options apply')
    .option('--secret <reference>', 'env:NAME instead of a source; may be repeated', collectArgument)
    .option('--account <id>', 'the account setting, with --secret')
    .option('--public-url <url>', 'the address as the provider sees it, where it is part of the signature')
    .option('--at <time>', 'verify as of this time (ISO 8601), because a capture grows stale', timeArgument)
    .action((provider: string, file: string, options: Omit<VerifyOptions, 'provider' | 'file'>) =>
      launch(run, { ...options, provider, file }),
    );
  addExamples(command, [
    ['trunkline verify stripe request.http --source src_stripe', 'with the secrets of a source'],
    ['pbpaste | trunkline verify stripe - --secret env:STRIPE_SECRET', 'from stdin, with a secret of the environment'],
    ['trunkline verify stripe old.json --source src_stripe --at 2025-01-31T12:00:00Z', 'as of the time of the capture'],
  ]);
}

export async function run(options: VerifyOptions, context: CommandContext): Promise<ExitName> {
  const source = await sourceOf(options, context);
  const request = receivedRequest(parseCapture(await readCapture(options.file, context)), options, source);
  const nowMs = options.at ?? context.clock();
  const result = verifyDelivery(source, request, nowMs);
  if (!result.ok) {
    context.output.result(
      { accepted: false, step: result.step, code: result.code, detail: result.detail, ...about(source, request) },
      () =>
        [
          `${context.output.style.bad('✗ refused')}  ${result.step} (${result.code})`,
          printable(result.detail),
          ...hintOf(result.step, options),
        ].join('\n'),
    );
    return 'refused';
  }
  const { delivery } = result;
  const normalization = normalizeDelivery(source.provider, delivery);
  const document = {
    accepted: true,
    secretIndex: delivery.secretIndex,
    usableSecrets: liveSecrets(source.settings.secrets, nowMs).length,
    verdict: normalization.verdict,
    reason: normalization.reason,
    events: normalization.events.map((draft) => ({
      type: draft.type,
      account: draft.account,
      entity: `${draft.entity.kind}/${draft.entity.id}`,
    })),
    ...about(source, request),
  };
  context.output.result(document, () =>
    [
      `${context.output.style.good('✓ authentic')}  proven with secret ${delivery.secretIndex + 1} of ${source.settings.secrets.length}, as of ${formatTime(nowMs)}`,
      renderPairs(
        [
          [
            'verdict',
            printable(
              `${normalization.verdict}${normalization.reason === undefined ? '' : ` (${normalization.reason})`}`,
            ),
          ],
          ...document.events.map((event): [string, string] => [
            'event',
            printable(`${event.type}  ${event.entity}  of ${event.account}`),
          ]),
        ],
        context.output.style,
      ),
    ].join('\n'),
  );
  return 'ok';
}

async function sourceOf(options: VerifyOptions, context: CommandContext): Promise<ProviderSource> {
  const provider = findProvider(options.provider);
  if (options.secret === undefined || options.secret.length === 0) {
    const { source } = pickSource(await openCatalog(context), { provider, sourceId: options.source });
    return source;
  }
  if (options.source !== undefined)
    throw new TrunklineError('config_invalid', 'give either --source or --secret, not both');
  const parsed = provider.options.safeParse({});
  if (!parsed.success) {
    throw new TrunklineError(
      'config_invalid',
      `${provider.name} cannot be verified without options: configure a source and give --source`,
    );
  }
  const secrets: Secret[] = [];
  for (const reference of options.secret) {
    secrets.push(new Secret(await readSecret(reference, context.settings), { name: reference }));
  }
  return {
    provider,
    settings: {
      sourceId: 'src_verify',
      tenantId: 'tnt_verify',
      secrets,
      options: parsed.data,
      ...(options.account === undefined ? {} : { account: options.account }),
    },
  };
}

async function readCapture(file: string, context: CommandContext): Promise<Uint8Array> {
  if (file === '-') return context.readStdin(largestCaptureBytes);
  const full = path.resolve(context.directory, file);
  try {
    const bytes = await readFile(full, { signal: context.signal });
    if (bytes.length > largestCaptureBytes)
      throw new TrunklineError('config_invalid', `${file} is larger than ${largestCaptureBytes} bytes`);
    return bytes;
  } catch (error) {
    if (error instanceof TrunklineError) throw error;
    throw new TrunklineError(
      'config_invalid',
      `${file} cannot be read: give the path of a captured request, or - for stdin`,
      { cause: error },
    );
  }
}

function receivedRequest(captured: CapturedRequest, options: VerifyOptions, source: ProviderSource): ReceivedRequest {
  const base = source.settings.publicBaseUrl ?? 'http://localhost';
  return {
    method: captured.method,
    target: captured.target,
    publicUrl: options.publicUrl ?? captured.url ?? `${base.replace(/\/+$/, '')}${captured.target}`,
    headers: captured.headers,
    body: captured.body,
  };
}

function about(
  source: ProviderSource,
  request: ReceivedRequest,
): { readonly provider: string; readonly sourceId: string; readonly bodyBytes: number } {
  return { provider: source.provider.name, sourceId: source.settings.sourceId, bodyBytes: request.body.length };
}

function hintOf(step: string, options: VerifyOptions): readonly string[] {
  switch (step) {
    case 'timestamp_expired':
      return options.at === undefined
        ? ['A capture grows stale: add --at <time of the capture> to verify it as of then.']
        : [];
    case 'signature_mismatch':
      return [
        'Another secret, a changed body (parsed and printed again, other line ends), or another source. The body must be byte for byte what arrived.',
      ];
    case 'no_usable_secret':
      return ['Set the secret of the source; `trunkline doctor` lists sources without one.'];
    default:
      return [];
  }
}

function timeArgument(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Give a time such as 2025-01-31T12:00:00Z.');
  return ms;
}
