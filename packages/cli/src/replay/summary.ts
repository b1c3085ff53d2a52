import type { ReplayedDelivery } from '@trunkline/operations/replay';

import type { Comparison } from './compare.ts';

/** What a replay found, in figures. */
export interface ReplaySummary {
  readonly deliveries: {
    readonly inTime: number;
    readonly chosen: number;
    readonly verdicts: Readonly<Record<string, number>>;
  };
  readonly events: {
    readonly new: number;
    /** Undefined where nothing was compared. */
    readonly same?: number;
    readonly different?: number;
    readonly unread?: number;
    readonly gone: number;
    readonly refused: number;
  };
  /** How often each field differs. */
  readonly fields: Readonly<Record<string, number>>;
  readonly samples: readonly {
    readonly deliveryId: string;
    readonly eventId: string;
    readonly type: string;
    readonly state: string;
    readonly fields: readonly string[];
  }[];
}

export interface ReplayOutcome extends ReplaySummary {
  readonly source: string;
  readonly since: string;
  readonly until: string;
  readonly dryRun: boolean;
  readonly correction: number;
  readonly published: number;
}

const mostSamples = 20;

export function summaryOf(found: {
  readonly archived: number;
  readonly deliveries: readonly ReplayedDelivery[];
  readonly compared: readonly Comparison[] | undefined;
}): ReplaySummary {
  const { deliveries, compared } = found;
  const events = deliveries.flatMap((each) => each.events);
  const count = (state: Comparison['state']): number => (compared ?? []).filter((each) => each.state === state).length;
  return {
    deliveries: {
      inTime: found.archived,
      chosen: deliveries.length,
      verdicts: countBy(deliveries.map(({ verdict }) => verdict)),
    },
    events: {
      new: events.filter(({ isNew }) => isNew).length,
      ...(compared === undefined
        ? {}
        : { same: count('same'), different: count('different'), unread: count('unread') }),
      gone: deliveries.reduce((sum, { gone }) => sum + gone.length, 0),
      refused: deliveries.reduce((sum, { refused }) => sum + refused, 0),
    },
    fields: countBy((compared ?? []).flatMap(({ fields }) => fields)),
    samples: (compared ?? [])
      .filter(({ state }) => state !== 'same')
      .slice(0, mostSamples)
      .map(({ event: { sealed }, state, fields }) => ({
        deliveryId: sealed.record.metadata.deliveryId,
        eventId: sealed.eventId,
        type: sealed.type,
        state,
        fields,
      })),
  };
}

function countBy(words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]));
}
