import { EventEmitter } from 'node:events';

import { type Channel, createLink, type Link } from '@trunkline/runtime';

/** The two ends of what a first process and its worker say to each other, without the processes. */
export function linkPair(): { readonly first: Link; readonly worker: Link } {
  const [toFirst, toWorker] = [new EventEmitter(), new EventEmitter()];
  return { first: createLink(channelOf(toWorker, toFirst)), worker: createLink(channelOf(toFirst, toWorker)) };
}

/** Later and as a copy, as a channel between processes delivers. */
function channelOf(to: EventEmitter, from: EventEmitter): Channel {
  return {
    send: (message, sent) => {
      const copy: unknown = JSON.parse(JSON.stringify(message));
      setImmediate(() => {
        to.emit('message', copy);
        sent(null);
      });
      return true;
    },
    on: (event, heard) => from.on(event, heard),
  };
}
