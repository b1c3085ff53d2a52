import { TrunklineError } from '@trunkline/core';
import { liveSecrets, type ProviderSource, type ReceivedRequest, verifyDelivery } from '@trunkline/providers';
import { type Command, InvalidArgumentError } from 'commander';

import { collectArgument, optionsArgument, timeArgument, urlArgument } from '../arguments.ts';
import { largestCaptureBytes } from '../capture/capture-file.ts';
import { readInput } from '../capture/read-file.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireReferences } from '../secret-reference.ts';
import { curlLine } from '../sign/curl.ts';
import { unsignedRequest } from '../sign/unsigned-request.ts';
import { createSourceFinder } from '../verify/source-finder.ts';
import { addExamples } from './examples.ts';

export interface SignOptions {
  readonly provider: string;
  /** The body: a path, or `-` for stdin. */
  readonly file: string;
  readonly source?: string;
  readonly secret?: readonly string[];
  readonly options?: unknown;
  readonly url?: string;
  readonly method: string;
  readonly header?: readonly (readonly [name: string, value: string])[];
  readonly at?: number;
  readonly curl?: boolean;
}

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('sign')
    .description('print the headers with which a provider would prove a body')
    .argument('<provider>', 'stripe, generic, …')
    .argument('[file]', 'the body, byte for byte; - is stdin', '-')
    .option('--source <id>', 'the source whose first usable secret signs; else the first one of the provider')
    .option('--secret <reference>', 'env:NAME instead of a source', collectArgument)
    .option('--options <json>', 'the options setting as JSON, with --secret', optionsArgument)
    .option('--url <url>', 'the address as the provider knows it, where it is part of the signature', urlText)
    .option('--method <method>', 'POST or GET', methodArgument, 'POST')
    .option('--header <line>', "a header of the request: 'Content-Type: text/xml'; may be repeated", headerArgument)
    .option('--at <time>', 'sign as of this time (ISO 8601) instead of now', timeArgument)
    .option('--curl', 'a curl line that sends it to the ingress of the run, else to the address of the source')
    .action((provider: string, file: string, options: Omit<SignOptions, 'provider' | 'file'>) =>
      launch(run, { ...options, provider, file }),
    );
  addExamples(command, [
    ['trunkline sign stripe body.json --source src_stripe_demo', 'the headers'],
    ['trunkline sign stripe body.json --source src_stripe_demo --curl | sh', 'send it to the ingress of the run'],
    ["printf '{}' | trunkline sign generic - --secret env:S --options '{…}' --json", 'with its whole request'],
  ]);
}

export async function run(options: SignOptions, context: CommandContext): Promise<ExitName> {
  const nowMs = options.at ?? context.clock();
  const source = usableSource(await sourceOf(options, context), nowMs);
  const body = await readInput(options.file, context, largestCaptureBytes);
  const unsigned = unsignedRequest({
    method: options.method,
    url: options.url ?? usualUrl(source, context),
    headers: options.header ?? [],
    body,
  });
  const request = source.provider.sign(unsigned, source.settings, nowMs);
  requireProof(source, request, nowMs);

  const bodyIsSame = Buffer.from(request.body).equals(unsigned.body);
  const notes = [
    ...(request.publicUrl === unsigned.publicUrl ? [] : [`part of the proof is in the address: ${request.publicUrl}`]),
    ...(bodyIsSame ? [] : ['part of the proof is in the body: take --json or --curl, which have the signed one']),
  ];
  if (options.curl !== true) for (const note of notes) context.output.note(note);
  context.output.result(
    {
      provider: source.provider.name,
      sourceId: source.settings.sourceId,
      method: request.method,
      url: request.publicUrl,
      headers: request.headers,
      bodyBase64: Buffer.from(request.body).toString('base64'),
    },
    () =>
      options.curl === true
        ? curlLine(request, {
            bodyFile: bodyIsSame && options.file !== '-' ? options.file : undefined,
            ingress: options.url === undefined ? ingressOf(source, context) : undefined,
          })
        : request.headers.map(([name, value]) => `${name}: ${value}`).join('\n'),
  );
  return 'ok';
}

async function sourceOf(options: SignOptions, context: CommandContext): Promise<ProviderSource> {
  requireReferences(options.secret);
  const { provider, source, secret, options: settings } = options;
  return createSourceFinder(context).find({ provider, source, secrets: secret, options: settings });
}

/** Signing takes the first secret, which in a rotation may be the one that counts no more. */
function usableSource(source: ProviderSource, nowMs: number): ProviderSource {
  const secrets = liveSecrets(source.settings.secrets, nowMs).map(({ secret }) => secret);
  if (secrets.length > 0) return { ...source, settings: { ...source.settings, secrets } };
  throw new TrunklineError(
    'config_invalid',
    `source ${source.settings.sourceId} has no usable secret to sign with; \`trunkline doctor\` lists such sources`,
  );
}

/** Where the source's own deliveries go: its public address, else the ingress of the run. */
function usualUrl({ provider, settings }: ProviderSource, context: CommandContext): string {
  const base = settings.publicBaseUrl ?? context.settings.find('ingressUrl')?.value;
  if (base !== undefined) return `${base.replace(/\/+$/, '')}/hooks/${encodeURIComponent(settings.sourceId)}`;
  if (provider.coverage(settings.options).url) {
    throw new TrunklineError(
      'config_invalid',
      `${provider.title} signs the address: give --url, as it is written there`,
    );
  }
  return `http://localhost/hooks/${encodeURIComponent(settings.sourceId)}`;
}

/** The ingress of the run, where the source has a public address that may lead nowhere from this machine. */
function ingressOf({ settings }: ProviderSource, context: CommandContext): string | undefined {
  if (settings.publicBaseUrl === undefined) return undefined;
  return context.settings.find('ingressUrl')?.value.replace(/\/+$/, '');
}

/** A public key cannot sign, and some bodies cannot be signed: better no headers than some that prove nothing. */
function requireProof(source: ProviderSource, request: ReceivedRequest, nowMs: number): void {
  const result = verifyDelivery(source, request, nowMs);
  if (result.ok) return;
  throw new TrunklineError(
    'config_invalid',
    `it cannot be signed with the secret of ${source.settings.sourceId} (${result.step}: ${result.detail})`,
  );
}

function urlText(text: string): string {
  urlArgument(text);
  return text; // As written: a trailing slash is part of what is signed.
}

function methodArgument(text: string): string {
  const method = text.toUpperCase();
  if (method !== 'POST' && method !== 'GET') throw new InvalidArgumentError('Give POST or GET.');
  return method;
}

function headerArgument(
  text: string,
  previous: readonly (readonly [string, string])[] | undefined,
): readonly (readonly [string, string])[] {
  const match = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):\s*([\x20-\x7e]*)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Give a header as it is sent: 'Name: value'.");
  return [...(previous ?? []), [match[1] ?? '', match[2] ?? '']];
}
