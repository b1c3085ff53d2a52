/** What a fault proxy can do to the connections that pass through it. */

export type Direction = 'to_upstream' | 'to_client';

export type Fault =
  /** Everything arrives this much later, on its way there and on its way back; or on one way only. Capacity stays. */
  | { readonly kind: 'delay'; readonly ms: number; readonly direction?: Direction }
  /** A share of the connections is reset once so many bytes have passed, both ways counted together. */
  | { readonly kind: 'reset_connections'; readonly share: number; readonly afterBytes: number }
  /** What arrives in one piece is, with this probability, not passed on: its connection is reset instead. */
  | { readonly kind: 'reset_pieces'; readonly share: number }
  /** A peer that vanished without a word: open connections stay open, swallow everything, and never come to life again. */
  | { readonly kind: 'half_open' }
  /** Nobody listens: open connections are reset, new ones refused. */
  | { readonly kind: 'refuse' }
  /**
   * Everything is passed on in writes of so many bytes; with `first`, only the first so many bytes of each piece that
   * arrives, which holds the lengths and heads that parsers stumble over at a fraction of the cost.
   */
  | { readonly kind: 'slice'; readonly bytes: number; readonly first?: number }
  /**
   * Nothing passes, both ways or one. As TCP does it: what was sent meanwhile is held, arrives after the fault, and
   * whoever sends more than is held is made to wait.
   */
  | { readonly kind: 'partition'; readonly direction?: Direction };

/** The fault as far as it is about this direction; undefined when it is not. */
export function inDirection(fault: Fault | undefined, direction: Direction): Fault | undefined {
  if (fault === undefined || !('direction' in fault)) return fault;
  return fault.direction === undefined || fault.direction === direction ? fault : undefined;
}
