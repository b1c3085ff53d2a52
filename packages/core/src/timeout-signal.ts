/**
 * `AbortSignal.timeout` for a remainder: that one throws for a fraction of a millisecond and for a time that has passed
 * (https://github.com/nodejs/node/issues/58592), which every difference of two clock readings may be.
 */
export function timeoutSignal(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.max(Math.ceil(ms), 1));
}
