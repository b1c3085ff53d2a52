/** Counts the bytes a process holds, against a limit. */
export interface ByteBudget {
  /** Takes the bytes, or takes nothing and returns false. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
  used(): number;
  /** Whether nothing at all can be reserved. */
  exhausted(): boolean;
}

export function createByteBudget(limitBytes: number): ByteBudget {
  let used = 0;
  return {
    reserve: (bytes) => {
      if (used + bytes > limitBytes) return false;
      used += bytes;
      return true;
    },
    release: (bytes) => {
      used -= bytes;
    },
    used: () => used,
    exhausted: () => used >= limitBytes,
  };
}
