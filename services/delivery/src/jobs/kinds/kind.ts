import type { PairState } from '@trunkline/delivery';

/** A message and how it stands at the endpoint of a job. */
export interface Pair {
  readonly eventUuid: string;
  /** accepted_at of the message as Postgres writes it. */
  readonly messageAt: string;
  readonly type: string;
  readonly bytes: number;
  readonly state: PairState;
  /** Of the last attempt; null without one. */
  readonly code: string | null;
  /** What was decided of the endpoint when the event came; null: it was not there. */
  readonly verdict: string | null;
  /** The endpoint as it is now wants it. */
  readonly isWanted: boolean;
  /** It was accepted before the endpoint was made. */
  readonly isEarlier: boolean;
}

/** Which pairs a kind of job is about. */
export interface KindRule {
  /** Only what the endpoint wants as it is now. */
  readonly onlyWanted: boolean;
  /** `states`: what somebody named; empty: what the kind is about by itself. */
  chooses(pair: Pair, states: readonly string[]): boolean;
}

/** Why a pair is chosen, or left alone: how it stands, and what of it. */
export function reasonOf(pair: Pair, { onlyWanted }: Pick<KindRule, 'onlyWanted'>): string {
  if (onlyWanted && !pair.isWanted) return 'unwanted';
  switch (pair.state) {
    case 'delivered':
      return 'delivered';
    case 'waiting':
      return `waiting/${pair.code ?? 'new'}`;
    case 'untold':
      return `untold/${pair.verdict ?? 'no_endpoint'}`;
    case 'exhausted':
    case 'expired':
    case 'discarded':
    case 'skipped':
      return `${pair.state}/${pair.code ?? ''}`;
  }
}
