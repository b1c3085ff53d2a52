import type { ConfiguredSource } from '@trunkline/sources';

import type { FailedVerifications, SenderPair } from '../limits/failed-verifications.ts';
import type { SourceRates } from '../limits/source-rates.ts';
import { Refusal } from '../refusal.ts';
import { contains } from './client-address.ts';

/** Refuses whom the source does not name, where it names anyone. An address that is not known is none of them. */
export function checkAddress({ allowedAddresses }: ConfiguredSource, address: string | undefined): Refusal | undefined {
  if (allowedAddresses === undefined) return undefined;
  if (address !== undefined && contains(allowedAddresses, address)) return undefined;
  // Which address stays unsaid: it is personal, and of strangers.
  return new Refusal({ step: 'address', code: 'address_denied', detail: 'the address is not in allowAddresses' });
}

/** Refuses who got too many signatures wrong at this source lately, before anything of the request is read. */
export function checkFailedVerifications(failures: FailedVerifications, pair: SenderPair): Refusal | undefined {
  const retryAfterMs = failures.waitMs(pair);
  if (retryAfterMs === 0) return undefined;
  const detail = 'the address had too many failed verifications at this source';
  return new Refusal({ step: 'failed_verifications', code: 'rate_limited', detail, retryAfterMs });
}

/** Refuses what is above the source's rate. Only for authentic requests: others must not use the rate up. */
export function checkRate(
  rates: SourceRates,
  source: ConfiguredSource,
): Refusal | undefined | Promise<Refusal | undefined> {
  const waitMs = rates.take(source);
  return typeof waitMs === 'number' ? aboveRate(source, waitMs) : waitMs.then((ms) => aboveRate(source, ms));
}

function aboveRate(source: ConfiguredSource, retryAfterMs: number): Refusal | undefined {
  if (retryAfterMs === 0) return undefined;
  const { requests, perMs, burst } = source.rate;
  const detail = `above the source's rate of ${requests} in ${perMs / 1_000} s, ${burst} at once`;
  return new Refusal({ step: 'rate', code: 'rate_limited', detail, retryAfterMs });
}

/**
 * Whether a failed verification counts against its address. Not when it is we who cannot verify, and not when it belongs to the provider's own way of sending (Vonage's unsigned first try, answered 503).
 */
export function isCharged(refusal: Refusal): boolean {
  return refusal.code !== 'verification_unavailable' && (refusal.status ?? 401) < 500;
}
