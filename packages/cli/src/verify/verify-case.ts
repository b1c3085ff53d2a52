import type { ProviderSource, ReceivedRequest } from '@trunkline/providers';

import type { CapturedCase } from '../capture/json-capture.ts';
import { diagnose, type Diagnosis } from './diagnose.ts';
import { type Judgement, judge } from './judge.ts';
import type { KeyFetcher } from './key-material.ts';
import type { SourceFinder, SourceWish } from './source-finder.ts';

/** The verdict on one captured request. */
export interface CaseVerdict {
  readonly provider: string;
  readonly sourceId: string;
  readonly bodyBytes: number;
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
    atMs: nowMs,
    secrets: source.settings.secrets.length,
    needsKeys: defaults.withKeys === undefined && source.provider.keyMaterial !== undefined,
    judgement,
  };
  if (judgement.accepted || !defaults.diagnose) return verdict;
  const others = await finder.others(source);
  return { ...verdict, diagnosis: diagnose({ source, request, nowMs, step: judgement.step, others }) };
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
