import { type ProviderSource, type ReceivedRequest, singleHeader } from '@trunkline/providers';

import type { CapturedCase } from '../capture/json-capture.ts';
import { diagnose, type Diagnosis } from './diagnose.ts';
import { type Judgement, judge } from './judge.ts';
import type { KeyFetcher } from './key-material.ts';
import type { SourceFinder, SourceWish } from './source-finder.ts';

/** The verdict on one captured request. */
export interface CaseVerdict {
  readonly provider: string;
  readonly title: string;
  readonly sourceId: string;
  readonly bodyBytes: number;
  /** What Content-Length says, where it is not the length of the body: then this is not the body that arrived. */
  readonly statedBytes?: number;
  /** Whether the address is part of what is proven, and the capture has it from nowhere but its own line. */
  readonly signsAddress: boolean;
  readonly atMs: number;
  readonly secrets: number;
  /** Whether the provider has key material to fetch, and nobody was told to. */
  readonly needsKeys: boolean;
  readonly judgement: Judgement;
  /** Of a refusal. */
  readonly diagnosis?: Diagnosis;
}

export interface CaseDefaults {
  readonly wish: SourceWish;
  readonly nowMs: number;
  /** Whether a refusal is looked into. */
  readonly diagnose: boolean;
  /** Where key material may be fetched; without it a request that names some is `unknown_key`. */
  readonly withKeys?: KeyFetcher;
}

/** Verifies a request as its line says, else as the command does, and looks into a refusal. */
export async function verifyCase(
  { request: captured, settings }: CapturedCase,
  defaults: CaseDefaults,
  finder: SourceFinder,
): Promise<CaseVerdict> {
  const wish = wishOf(settings, defaults.wish);
  const configured = await finder.find(wish);
  const request = receivedRequest(captured, wish, configured);
  const source = (await defaults.withKeys?.(configured, request)) ?? configured;
  const nowMs = wish.atMs ?? defaults.nowMs;
  const judgement = judge(source, request, nowMs);
  const verdict = {
    provider: source.provider.name,
    sourceId: source.settings.sourceId,
    bodyBytes: request.body.length,
    ...statedBytesOf(request),
    signsAddress: source.provider.coverage(source.settings.options).url,
    title: source.provider.title,
    atMs: nowMs,
    secrets: source.settings.secrets.length,
    needsKeys: defaults.withKeys === undefined && source.provider.keyMaterial !== undefined,
    judgement,
  };
  if (judgement.accepted || !defaults.diagnose) return verdict;
  const others = await finder.others(source);
  return { ...verdict, diagnosis: diagnose({ source, request, nowMs, step: judgement.step, others }) };
}

/** A packed body has another length in the capture than on the wire, and says so in another header. */
function statedBytesOf(request: ReceivedRequest): { readonly statedBytes?: number } {
  const stated = singleHeader(request, 'content-length');
  const isPacked = (singleHeader(request, 'content-encoding') ?? '') !== '';
  if (stated === undefined || isPacked || !/^\d{1,9}$/.test(stated)) return {};
  return Number(stated) === request.body.length ? {} : { statedBytes: Number(stated) };
}

/** A line that names a source or secrets of its own wants them instead of the command's, not beside them. */
function wishOf(line: CapturedCase['settings'], command: SourceWish): SourceWish {
  const own = Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined));
  if (line.source === undefined && line.secrets === undefined && line.provider === undefined)
    return { ...command, ...own };
  const { source: _source, secrets: _secrets, ...rest } = command;
  const kept = line.source === undefined && line.secrets === undefined ? command : rest;
  return { ...kept, ...own };
}

function receivedRequest(captured: CapturedCase['request'], wish: SourceWish, source: ProviderSource): ReceivedRequest {
  const base = source.settings.publicBaseUrl ?? 'http://localhost';
  return {
    method: captured.method,
    target: captured.target,
    publicUrl: wish.publicUrl ?? captured.url ?? `${base.replace(/\/+$/, '')}${captured.target}`,
    headers: captured.headers,
    body: captured.body,
  };
}
