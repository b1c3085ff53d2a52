import {
  type ProviderDefinition,
  type ProviderSource,
  providerNamed,
  type ReceivedRequest,
  Secret,
} from '@trunkline/providers';

import { type Diagnosis, diagnose } from '../verify/diagnose.ts';
import { judge } from '../verify/judge.ts';

/** What a diagnosis calls now. */
export const nowMs: number = Date.UTC(2026, 2, 2, 10, 15, 30);
export const hookUrl = 'https://hooks.example.com/hooks/src_a';

export interface SourceChoices {
  readonly secret?: Secret | string;
  readonly options?: unknown;
  readonly sourceId?: string;
}

export function sourceOf(name: string, choices: SourceChoices = {}): ProviderSource {
  const provider = definitionOf(name);
  const { secret = provider.secrets.generate(), options = {}, sourceId = 'src_a' } = choices;
  return {
    provider,
    settings: {
      sourceId,
      tenantId: 'tnt_a',
      secrets: [typeof secret === 'string' ? new Secret(secret, { name: 'env:S' }) : secret],
      options: provider.options.parse(options),
    },
  };
}

export function definitionOf(name: string): ProviderDefinition {
  const provider = providerNamed(name);
  if (provider === undefined) throw new Error(`no provider ${name}`);
  return provider;
}

export function requestWith(
  body: string | Uint8Array,
  url: string = hookUrl,
  headers: ReceivedRequest['headers'] = [],
): ReceivedRequest {
  return { method: 'POST', target: url.slice(url.indexOf('/', 8)), publicUrl: url, headers, body: Buffer.from(body) };
}

/** What the diagnosis says once the honest request was changed, or is held against another source. */
export function diagnosisOf(
  source: ProviderSource,
  request: ReceivedRequest,
  more: { readonly nowMs?: number; readonly others?: readonly ProviderSource[] } = {},
): Diagnosis {
  const at = more.nowMs ?? nowMs;
  const judgement = judge(source, request, at);
  if (judgement.accepted) throw new Error('the request verifies: there is nothing to diagnose');
  return diagnose({ source, request, nowMs: at, step: judgement.step, others: more.others ?? [] });
}

export const found = (diagnosis: Diagnosis): readonly string[] => diagnosis.findings.map(({ mistake }) => mistake);
export const sentenceOf = (diagnosis: Diagnosis, mistake: string): string =>
  diagnosis.findings.find((finding) => finding.mistake === mistake)?.sentence ?? 'not found';

export const signed = (source: ProviderSource, request: ReceivedRequest, atMs: number = nowMs): ReceivedRequest =>
  source.provider.sign(request, source.settings, atMs);
export const rebodied = (request: ReceivedRequest, change: (text: string) => string): ReceivedRequest => ({
  ...request,
  body: Buffer.from(change(Buffer.from(request.body).toString('utf8'))),
});
export const readdressed = (request: ReceivedRequest, url: string): ReceivedRequest => ({
  ...request,
  publicUrl: url,
  target: url.slice(url.indexOf('/', 8)),
});
export const renamed = (request: ReceivedRequest, change: (name: string) => string): ReceivedRequest => ({
  ...request,
  headers: request.headers.map(([name, value]) => [change(name), value] as const),
});
export const revalued = (request: ReceivedRequest, change: (value: string) => string): ReceivedRequest => ({
  ...request,
  headers: request.headers.map(([name, value]) => [name, change(value)] as const),
});
