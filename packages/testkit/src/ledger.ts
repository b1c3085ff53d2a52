/**
 * The promise ledger: the load generator writes down every event that was answered with a 2xx. Whatever happens to
 * our processes afterwards, each of these must be found again, once.
 */
export interface PromiseLedger {
  promise(eventId: string): void;
  readonly promised: ReadonlySet<string>;
}

export function createLedger(): PromiseLedger {
  const promised = new Set<string>();
  return {
    promise: (eventId) => {
      promised.add(eventId);
    },
    promised,
  };
}

/** Where promised events were found after the dust settled. */
export interface Findings {
  /** One entry per application of an effect: an event applied twice stands here twice. */
  readonly effects: readonly string[];
  readonly deadLetters: readonly string[];
  /** Records on retry topics that are not yet due. */
  readonly waiting: readonly string[];
}

export interface Judgement {
  readonly promised: number;
  readonly applied: number;
  readonly deadLettered: number;
  readonly waiting: number;
  /** Promised and nowhere. */
  readonly lost: readonly string[];
  /** An effect applied more than once. */
  readonly doubled: readonly string[];
}

/** Compares promises with findings. */
export function judge(promised: ReadonlySet<string>, found: Findings): Judgement {
  const applications = new Map<string, number>();
  for (const id of found.effects) applications.set(id, (applications.get(id) ?? 0) + 1);
  const elsewhere = new Set([...found.deadLetters, ...found.waiting]);
  return {
    promised: promised.size,
    applied: applications.size,
    deadLettered: new Set(found.deadLetters).size,
    waiting: new Set(found.waiting).size,
    lost: [...promised].filter((id) => !applications.has(id) && !elsewhere.has(id)),
    doubled: [...applications].filter(([, times]) => times > 1).map(([id]) => id),
  };
}
