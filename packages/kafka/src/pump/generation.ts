import type { Lane, LaneWork } from './lane.ts';
import { type LedgerEntry, PartitionLedger } from './ledger.ts';
import { PositionGuard } from './position-guard.ts';
import { TenantShares } from './tenant-shares.ts';

/** Why a partition is not read at the moment. */
export type HoldReason =
  /** Its lane has as many bytes as it may have. */
  | 'bytes'
  /** The delay of its first record is not over. */
  | 'due'
  /** The tenant of its next record holds half of the partition's window. */
  | 'tenant'
  | 'stop';

/** A record of a lane, and where its end is noted. */
export interface Work extends LaneWork {
  readonly entry: LedgerEntry;
  readonly partition: PartitionState;
  readonly generation: Generation;
}

export interface PartitionState {
  readonly wireTopic: string;
  readonly topic: string;
  readonly partition: number;
  readonly lane: Lane<Work>;
  readonly ledger: PartitionLedger;
  readonly guard: PositionGuard;
  readonly shares: TenantShares;
  readonly holds: Set<HoldReason>;
  /** The last offset the broker has confirmed. */
  committed: bigint | undefined;
  dueTimer: NodeJS.Timeout | undefined;
}

/** What a generation commits with: one request, one attempt, for the member's generation at the time of the call. */
export type CommitOffsets = (offsets: {
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
}) => Promise<void>;

export interface Assignment {
  readonly wireTopic: string;
  readonly topic: string;
  readonly partition: number;
  readonly lane: Lane<Work>;
}

/**
 * What this member does between two joins of its group. The broker does not check who owns a partition when offsets
 * are committed, so all state belongs to a generation and ends with it: finished work of an older one is never
 * committed, its records come again wherever they are assigned now.
 */
export class Generation {
  readonly #controller = new AbortController();
  readonly #partitions = new Map<string, PartitionState>();
  /** The broker's number for it; kafkajs tells it with heartbeats and commits only. */
  brokerId: number | undefined;
  /** Known from the first batch on; nothing can be finished before. */
  commitOffsets: CommitOffsets | undefined;
  /** The member has stopped fetching to join again. */
  isLeaving = false;

  constructor(assignments: readonly Assignment[], doubtsFirst: boolean) {
    for (const assignment of assignments) {
      this.#partitions.set(keyOf(assignment.wireTopic, assignment.partition), {
        ...assignment,
        ledger: new PartitionLedger(),
        guard: new PositionGuard(doubtsFirst),
        shares: new TenantShares(assignment.lane.maxBytes),
        holds: new Set(),
        committed: undefined,
        dueTimer: undefined,
      });
    }
  }

  /** Aborted when the records are no longer ours to finish. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isOver(): boolean {
    return this.#controller.signal.aborted;
  }

  partition(wireTopic: string, partition: number): PartitionState | undefined {
    return this.#partitions.get(keyOf(wireTopic, partition));
  }

  partitions(): PartitionState[] {
    return [...this.#partitions.values()];
  }

  end(): void {
    for (const { dueTimer } of this.#partitions.values()) clearTimeout(dueTimer);
    this.#controller.abort(new Error('the records belong to an older generation of the group'));
  }

  /** What is finished and not yet committed. */
  uncommitted(): { readonly state: PartitionState; readonly offset: bigint }[] {
    const found = [];
    for (const state of this.#partitions.values()) {
      const offset = state.ledger.committable;
      if (offset !== undefined && offset !== state.committed) found.push({ state, offset });
    }
    return found;
  }

  /** Whether everything that was handed over is finished and committed. */
  isIdle(): boolean {
    return this.uncommitted().length === 0 && this.partitions().every(({ ledger }) => ledger.unfinished === 0);
  }
}

function keyOf(wireTopic: string, partition: number): string {
  return `${wireTopic}[${partition}]`;
}
