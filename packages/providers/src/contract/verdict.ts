import type { ErrorCode } from '@trunkline/core';

/** The step of a verification that said no. People search for these words; the list only grows. */
export type RejectionStep =
  | 'missing_header'
  | 'malformed_header'
  | 'signature_mismatch'
  | 'timestamp_expired'
  | 'timestamp_in_future'
  | 'body_hash_mismatch'
  | 'unknown_key'
  | 'token_mismatch'
  | 'unsupported_version'
  | 'no_usable_secret'
  | 'verification_failed';

/** What a step means to the rest of the system. What the request did is a 401 (the error table of packages/core), what we did a 503. */
export const codeOfStep: Readonly<Record<RejectionStep, ErrorCode>> = {
  missing_header: 'signature_missing',
  malformed_header: 'signature_invalid',
  signature_mismatch: 'signature_invalid',
  timestamp_expired: 'delivery_stale',
  timestamp_in_future: 'delivery_stale',
  body_hash_mismatch: 'signature_invalid',
  unknown_key: 'signature_invalid',
  token_mismatch: 'signature_invalid',
  unsupported_version: 'signature_invalid',
  no_usable_secret: 'verification_unavailable',
  verification_failed: 'verification_unavailable',
};

export const rejectionSteps: readonly RejectionStep[] =
  // Object.keys widens to string[]; the record's type says that its keys are exactly the steps.
  Object.keys(codeOfStep) as RejectionStep[];

export interface Accepted {
  readonly accepted: true;
  /** Which of the source's secrets proved it: tells an operator when a rotated one is no longer in use. */
  readonly secretIndex: number;
  /**
   * Indices of the batch items that are proven, where items carry their own proof (Microsoft Graph's clientState) or
   * only some are signed (Segment's first). Absent: the whole request is. A normaliser drops the other items.
   */
  readonly provenItems?: readonly number[];
}

export interface Rejected {
  readonly accepted: false;
  readonly step: RejectionStep;
  /** For an operator. Names headers and limits, never a secret, an expected digest or a value received. */
  readonly detail: string;
}

export type Verdict = Accepted | Rejected;

export function accepted(secretIndex: number): Accepted {
  return { accepted: true, secretIndex };
}

export function rejected(step: RejectionStep, detail: string): Rejected {
  return { accepted: false, step, detail };
}
