import type { SenderPair } from '../limits/failed-verifications.ts';
import type { BucketRate } from '../limits/token-bucket.ts';

/** What the first process and the workers of an ingress say to each other about limits that hold for their sum. */
export const sharingWord = {
  /** Asked by a worker: RateQuestion, answered by RateGrant. */
  rate: 'ingress.rate',
  /** Asked by a worker: the bytes it wants to be allowed in all; answered by those that it is. */
  budget: 'ingress.budget',
  /** Told by a worker: how few bytes it is allowed from now on. */
  budgetReturned: 'ingress.budget_returned',
  /** Told both ways: VerificationNews of other workers. */
  verifications: 'ingress.verifications',
} as const;

export interface RateQuestion {
  readonly sourceId: string;
  readonly rate: BucketRate;
  /** Requests that wait for the answer. */
  readonly wanted: number;
}

export interface RateGrant {
  /** How many may pass: those that wait and some to come; fewer, when there are not so many. */
  readonly tokens: number;
  /** Of those that may not: how long until there is one. */
  readonly waitMs: number;
}

export interface VerificationNews {
  /** Failures by pair of source and address. */
  readonly failed: readonly (readonly [pair: SenderPair, count: number])[];
  readonly proven: readonly SenderPair[];
}
