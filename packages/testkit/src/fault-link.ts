import { connect, type Socket } from 'node:net';

import { FaultPipe } from './fault-pipe.ts';
import type { Direction, Fault } from './fault.ts';
import type { Random } from './random.ts';

/** How many answers are still to be lost, and of which requests. Shared by all connections of a proxy. */
export interface AnswerLoss {
  left: number;
  isRequest: (piece: Buffer) => boolean;
}

export interface LinkEvents {
  readonly onReset: () => void;
  readonly onAnswerLost: () => void;
  /** Both sockets are closed. */
  readonly onClosed: (link: FaultLink) => void;
}

export interface FaultLinkParts {
  readonly client: Socket;
  /** host:port */
  readonly upstream: string;
  readonly fault: () => Fault | undefined;
  readonly loss: AnswerLoss;
  readonly random: Random;
  readonly events: LinkEvents;
}

/** One connection through the proxy: a socket to either side and a pipe for each direction. */
export class FaultLink {
  readonly #parts: FaultLinkParts;
  readonly #upstream: Socket;
  readonly #pipes: readonly FaultPipe[];
  readonly #closed = Promise.withResolvers<void>();
  #passedBytes = 0;
  /** Caught by `half_open`. */
  #isDead = false;
  #isLosingAnswer = false;
  /** Drawn once per connection, so that a share of the connections is a share of the connections. */
  readonly #draw: number;

  constructor(parts: FaultLinkParts) {
    this.#parts = parts;
    this.#draw = parts.random.next();
    const { client, fault } = parts;
    const [host = '', port = ''] = parts.upstream.split(':');
    const upstream = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    this.#upstream = upstream;
    const judge = (piece: Buffer, direction: Direction): 'pass' | 'swallow' => this.#judge(piece, direction);
    this.#pipes = [
      new FaultPipe({ from: client, to: upstream, direction: 'to_upstream', fault, judge }),
      new FaultPipe({ from: upstream, to: client, direction: 'to_client', fault, judge }),
    ];
    this.#watch(client);
    this.#watch(upstream);
    // Nobody there: the upstream must not see a connection either.
    if (fault()?.kind === 'half_open') upstream.destroy();
    this.faultChanged();
  }

  get isClientOpen(): boolean {
    return !this.#parts.client.destroyed;
  }

  get isUpstreamOpen(): boolean {
    return !this.#upstream.destroyed;
  }

  get heldBytes(): number {
    return this.#pipes.reduce((sum, pipe) => sum + pipe.heldBytes, 0);
  }

  faultChanged(): void {
    if (this.#parts.fault()?.kind === 'half_open') {
      this.#isDead = true;
      for (const pipe of this.#pipes) pipe.close();
      for (const socket of [this.#parts.client, this.#upstream]) if (socket.readableEnded) socket.destroy();
    }
    for (const pipe of this.#pipes) pipe.faultChanged();
  }

  /** Both peers see a connection reset. */
  reset(): void {
    this.#parts.events.onReset();
    this.#cut();
  }

  /** Resolves when both sockets are closed. */
  destroy(): Promise<void> {
    this.#parts.client.destroy();
    this.#upstream.destroy();
    return this.#closed.promise;
  }

  #cut(): void {
    for (const pipe of this.#pipes) pipe.close();
    this.#parts.client.resetAndDestroy();
    this.#upstream.resetAndDestroy();
  }

  #judge(piece: Buffer, direction: Direction): 'pass' | 'swallow' {
    const { fault, loss, random, events } = this.#parts;
    if (this.#isDead) return 'swallow';
    const now = fault();
    this.#passedBytes += piece.length;
    if (direction === 'to_upstream' && loss.left > 0 && !this.#isLosingAnswer && loss.isRequest(piece)) {
      loss.left -= 1;
      this.#isLosingAnswer = true;
    } else if (direction === 'to_client' && this.#isLosingAnswer) {
      events.onAnswerLost();
      this.reset();
      return 'swallow';
    }
    const isReset =
      (now?.kind === 'reset_connections' && this.#draw < now.share && this.#passedBytes > now.afterBytes) ||
      (now?.kind === 'reset_pieces' && random.next() < now.share);
    if (isReset) this.reset();
    return isReset ? 'swallow' : 'pass';
  }

  /** An end is passed on by the pipe, after what is held; a broken socket takes the other one with it, unless the link is dead. */
  #watch(socket: Socket): void {
    socket.on('error', () => {
      if (!this.#isDead) this.#cut();
    });
    // Nobody answers on a dead link, so a socket whose peer has ended has nothing left to wait for.
    socket.on('end', () => {
      if (this.#isDead) socket.destroy();
    });
    socket.on('close', () => {
      if (this.isClientOpen || this.isUpstreamOpen) return;
      for (const pipe of this.#pipes) pipe.close();
      this.#parts.events.onClosed(this);
      this.#closed.resolve();
    });
  }
}
