import type { Worker } from 'node:cluster';

/** What node:cluster says to a worker with each connection, and the worker about it (lib/internal/cluster of Node 26). */
interface ClusterMessage {
  readonly act?: string;
  readonly seq?: number;
  readonly ack?: number;
}

/** This process's end of a connection. */
interface Connection {
  close(): void;
}

/**
 * Closes a connection that was on its way to a worker when the worker ended. Node keeps its own end of it until the worker
 * says that it has taken it: where that word never comes, the sender would be told nothing and wait for an answer.
 */
export function closeWhatWasHandedTo(worker: Worker): void {
  const channel = worker.process;
  const underway = new Map<number, Connection>();
  // One signature in the place of its four, all of which it has.
  const send = channel.send.bind(channel) as (message: unknown, ...more: unknown[]) => boolean;
  channel.send = (message: unknown, ...more: unknown[]): boolean => {
    const { act, seq } = ofCluster(message);
    // Node sends it with this.
    if (act === 'newconn' && seq !== undefined) underway.set(seq, more[0] as Connection);
    return send(message, ...more);
  };
  channel.on('internalMessage', (message: unknown) => {
    const { ack } = ofCluster(message);
    if (ack !== undefined) underway.delete(ack);
  });
  // When the process is gone and its last words have come.
  channel.once('close', () => {
    for (const connection of underway.values()) connection.close();
  });
}

function ofCluster(message: unknown): ClusterMessage {
  const isOfCluster =
    typeof message === 'object' && message !== null && 'cmd' in message && message.cmd === 'NODE_CLUSTER';
  return isOfCluster ? (message as ClusterMessage) : {}; // Node's own, by its mark.
}
