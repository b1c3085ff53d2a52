/** Money that is a week old is in the books. */
export const worthTellingMs: number = 7 * 24 * 60 * 60 * 1_000;
