import { backoffMs } from '@trunkline/core';

import { connectionLimits } from './limits.ts';

/** What checks say of a connection. */
export type Health =
  /** Not checked yet, with these credentials. */
  | 'pending'
  | 'active'
  /** It may work, or not: a person should look. */
  | 'degraded'
  /** It does not work before a person does something. */
  | 'needs_authorization';

/** The state of a connection: an operator's word first, then its health. */
export type ConnectionState = Health | 'paused' | 'revoked';

export type Reason =
  | 'credentials_refused'
  | 'permission_missing'
  | 'account_mismatch'
  | 'unreachable'
  | 'secret_missing'
  | 'secret_unreadable';

/** What came of asking a provider whose the credentials are. */
export type CheckResult =
  /** They are good; `account` where the provider says whose. */
  | { readonly kind: 'identified'; readonly account: string | undefined }
  /** 401. */
  | { readonly kind: 'refused' }
  /** Another refusal: a right is missing. */
  | { readonly kind: 'forbidden' }
  /** No answer about them: the provider is away, or says to wait. */
  | { readonly kind: 'unanswered' }
  /** There is nothing to ask with. */
  | { readonly kind: 'secret_missing' }
  | { readonly kind: 'secret_unreadable' };

export interface Standing {
  readonly health: Health;
  readonly reason: Reason | undefined;
  /** In a row. */
  readonly failures: number;
  readonly refusals: number;
}

/** Of new credentials, before anybody asked. */
export const unchecked: Standing = { health: 'pending', reason: undefined, failures: 0, refusals: 0 };

/**
 * The standing after a check. Nothing but an answer of the provider makes a connection active, and only one that names
 * the right account. A provider that is away says nothing about the credentials: what they were they are.
 */
export function standingAfter(before: Standing, result: CheckResult, wantedAccount: string | undefined): Standing {
  switch (result.kind) {
    case 'identified':
      return isOther(result.account, wantedAccount)
        ? { health: 'needs_authorization', reason: 'account_mismatch', failures: 0, refusals: 0 }
        : { health: 'active', reason: undefined, failures: 0, refusals: 0 };
    case 'refused': {
      const refusals = before.refusals + 1;
      // Those that never were good are not given another chance.
      const isSure = before.health === 'pending' || refusals >= connectionLimits.mostRefusals;
      return { ...before, ...(isSure ? degraded('credentials_refused') : {}), failures: 0, refusals };
    }
    case 'forbidden':
      return { ...degraded('permission_missing'), failures: 0, refusals: 0 };
    case 'unanswered': {
      const failures = before.failures + 1;
      const isNew = failures >= connectionLimits.mostFailures && ['active', 'pending'].includes(before.health);
      return { ...before, ...(isNew ? degraded('unreachable') : {}), failures };
    }
    case 'secret_missing':
    case 'secret_unreadable':
      return { health: 'needs_authorization', reason: result.kind, failures: 0, refusals: 0 };
  }
}

/** How long until the next check. */
export function nextCheckInMs(
  { failures, refusals }: Standing,
  { checkEveryMs, random = Math.random }: { readonly checkEveryMs: number; readonly random?: () => number },
): number {
  const { firstAgainMs, checkJitter } = connectionLimits;
  const usualMs = checkEveryMs * (1 + checkJitter * (2 * random() - 1));
  const inARow = Math.max(failures, refusals);
  if (inARow === 0) return usualMs;
  return Math.min(backoffMs(inARow - 1, { firstMs: firstAgainMs, lastMs: checkEveryMs }), usualMs);
}

function degraded(reason: Reason): Pick<Standing, 'health' | 'reason'> {
  return { health: 'degraded', reason };
}

/** A provider that does not say whose a key is cannot contradict. */
function isOther(account: string | undefined, wanted: string | undefined): boolean {
  return account !== undefined && wanted !== undefined && account !== wanted;
}
