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

/** A limit that moves, because it is a part of one that several processes share. */
export interface MovingLimit {
  bytes(): number;
  /** Called after every change of what is used. */
  usedNow(bytes: number): void;
}

export function createByteBudget(limit: number | MovingLimit): ByteBudget {
  const moving = typeof limit === 'number' ? fixed(limit) : limit;
  let used = 0;
  return {
    open: () => {
      let taken = 0;
      return {
        take: (bytes) => {
          if (used + bytes > moving.bytes()) return false;
          used += bytes;
          taken += bytes;
          moving.usedNow(used);
          return true;
        },
        release: () => {
          used -= taken;
          taken = 0;
          moving.usedNow(used);
        },
      };
    },
    used: () => used,
  };
}

function fixed(bytes: number): MovingLimit {
  return { bytes: () => bytes, usedNow: () => undefined };
}
