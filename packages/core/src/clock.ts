/** Milliseconds since the Unix epoch. Passed in wherever time decides something, so that a test can choose it. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/** Milliseconds since some moment, for how long things last: it goes on evenly, whoever sets the clock of the machine. */
export const steadyClock: Clock = () => performance.now();
