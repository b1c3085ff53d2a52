/** What an endpoint that keeps an order is told, said as simply as it can be. */

/** An event of a history: of which chain it is, and how often the receiver refuses it before it takes it. */
export interface ModelEvent {
  readonly name: string;
  readonly chain: string;
  readonly refusals: number;
}

/** Of a schedule with so many attempts. */
const modelAttempts = 3;

/** What has been sent when nothing moves any more, and what keeps it from moving. */
export interface ModelState {
  /** Each chain's events in the order in which they arrive first. */
  readonly arrived: ReadonlyMap<string, readonly string[]>;
  /** Given up, each holding its chain. */
  readonly held: readonly string[];
  readonly givenUp: readonly string[];
}

/** `released`: events that held their chain and that somebody gave up. */
export function modelOf(
  events: readonly ModelEvent[],
  { holds, released }: { readonly holds: boolean; readonly released: ReadonlySet<string> },
): ModelState {
  const arrived = new Map<string, string[]>();
  const held = new Map<string, string>();
  const givenUp: string[] = [];
  for (const { name, chain, refusals } of events) {
    if (held.has(chain)) continue;
    arrived.set(chain, [...(arrived.get(chain) ?? []), name]);
    if (refusals < modelAttempts) continue;
    if (holds && !released.has(name)) held.set(chain, name);
    else givenUp.push(name);
  }
  return { arrived, held: [...held.values()], givenUp };
}
