/** Counts the bytes a process holds for its requests, against a limit. */
export interface ByteBudget {
  /** The share of one request, empty at first. */
  open(): ByteShare;
  used(): number;
}

export interface ByteShare {
  /** Takes so many bytes more, or takes nothing and returns false. */
  take(bytes: number): boolean;
  /** Gives everything back that was taken. */
  release(): void;
}

export function createByteBudget(limitBytes: number): ByteBudget {
  let used = 0;
  return {
    open: () => {
      let taken = 0;
      return {
        take: (bytes) => {
          if (used + bytes > limitBytes) return false;
          used += bytes;
          taken += bytes;
          return true;
        },
        release: () => {
          used -= taken;
          taken = 0;
        },
      };
    },
    used: () => used,
  };
}
