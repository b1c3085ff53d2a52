/**
 * How many of a number of places one of several parties may have, so that none can have all of them: what is `kept` is there
 * for whoever comes next, however slow those are who have places. At least one.
 */
export function fairShare({
  places,
  kept,
  parties,
}: {
  readonly places: number;
  readonly kept: number;
  /** Those that have places or want one, itself included. */
  readonly parties: number;
}): number {
  return Math.max(1, Math.floor((places - kept) / Math.max(parties, 1)));
}
