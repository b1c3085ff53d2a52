import type { ProviderSource, ReceivedRequest, RejectionStep, SignatureCoverage } from '@trunkline/providers';

/** A request that was refused, and everything a mistake may be read from. */
export interface RefusedCase {
  readonly source: ProviderSource;
  readonly request: ReceivedRequest;
  readonly nowMs: number;
  readonly step: RejectionStep;
  readonly coverage: SignatureCoverage;
  /** Other configured sources of the same provider. */
  readonly others: readonly ProviderSource[];
}

/** One change that is tried. What it leaves out stays as it was. */
export interface Attempt {
  /** Reads on after "would verify if". Never a secret, nor part of one. */
  readonly would: string;
  readonly request?: ReceivedRequest;
  readonly source?: ProviderSource;
  readonly nowMs?: number;
  /** Decided by the mistake itself, where no change to the request says it: a proof of an older version. */
  readonly fits?: boolean;
}

/** One of the usual mistakes, as the changes that would undo it. */
export interface Mistake {
  /** People and programs know it by this. */
  readonly name: string;
  /** What to do when it is this one; a sentence without its full stop. */
  readonly action: string;
  /** The refusals it can be the cause of; for any other nothing is tried. */
  readonly steps: readonly RejectionStep[];
  /** Lazy, likeliest first: what is not asked for is not computed. */
  attempts(refused: RefusedCase): Iterable<Attempt>;
}

/** A proof was found and is of something else. */
export const mismatches: readonly RejectionStep[] = ['signature_mismatch', 'body_hash_mismatch', 'token_mismatch'];

export const timeSteps: readonly RejectionStep[] = ['timestamp_expired', 'timestamp_in_future'];
