/** Later than that nobody calls or writes back because of it. */
export const worthTellingMs: number = 24 * 60 * 60 * 1_000;
