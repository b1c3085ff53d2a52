import type { AddressBook, Digest } from '@trunkline/addresses';
import type { Clock } from '@trunkline/core';
import type { Metrics } from '@trunkline/runtime';
import type { Directory } from '@trunkline/sources/directory';

import type { RegisteredHandler } from './handler.ts';
import type { Notices } from './notices/notices.ts';
import type { Requests } from './requests/requests.ts';
import type { TellsEvents } from './requests/tells-events.ts';

/** What a service offers its handlers beside the transaction. One more is a line here and one where an app makes them. */
export interface HandlerOffers {
  readonly clock: Clock;
  /** Stands in for addresses where one may not be kept or seen; see `ConsumerAppOptions.digests`. */
  readonly digest: Digest;
  /** Reads addresses as they are written, with the region and the own numbers of their tenant; makes digests, too. */
  readonly book: AddressBook;
  /** What happens outside of the transaction is asked for; see `ConsumerAppOptions.asks`. */
  readonly requests: Requests;
  /** What became of what the service itself does is told; see `ConsumerAppOptions.tells`. */
  readonly events: TellsEvents;
  /** Who is to be told of something is asked for once, and never of what is history. */
  readonly notices: Notices;
  /** The people and phones of the installation, as they are at that moment. */
  readonly directory: Directory;
  /** A handler runs again when its transaction did not commit, and counts again then. */
  readonly metrics: Pick<Metrics, 'count'>;
}

/**
 * The handlers of a service, as a function of what it offers them. The list is made before there is a service, too, to
 * learn its topics and types: what is offered may be kept while it is made, and used only inside of a handler.
 */
export type Handlers = (offers: HandlerOffers) => readonly RegisteredHandler[];

/** The list without a service: for what has to be known before one runs. Its handlers cannot be run. */
export function declaredHandlers(handlers: Handlers): readonly RegisteredHandler[] {
  // Whatever is asked for is there, and says so when somebody does more than to keep it.
  return handlers(new Proxy({}, { get: (_, name) => notYet(String(name)) }) as HandlerOffers);
}

function notYet(name: string): unknown {
  const refuse = (): never => {
    throw new TypeError(`${name} is used while the list of handlers is made: use it inside of a handler`);
  };
  return new Proxy(refuse, { get: refuse });
}
