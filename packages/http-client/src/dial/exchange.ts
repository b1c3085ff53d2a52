import { foreignCode } from '@trunkline/core';
import type { Dispatcher } from 'undici';

import { reasonOfAnswering, reasonOfConnecting } from './failure-reason.ts';
import type { DialAnswer, DialFailureReason, DialOutcome } from './outcome.ts';

export interface ExchangeOptions {
  /** For the words of a failure. */
  readonly host: string;
  readonly timeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly maxInterimAnswers: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when undici is done with the request: it may hold it longer than the outcome takes. */
  readonly onReleased: () => void;
}

interface Head {
  readonly status: number;
  readonly headers: DialAnswer['headers'];
}

/** One request and its answer, as undici tells of it, under the deadlines of ours. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #settled = Promise.withResolvers<DialOutcome>();
  readonly #deadlineAtMs: number;
  readonly #abortedByCaller = (): void => this.#give('aborted', 'given up by its caller');
  #timer: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #head: Head | undefined;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #interimAnswers = 0;
  #isSettled = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#deadlineAtMs = performance.now() + options.timeoutMs;
    this.#waitAtMost(options.timeoutMs, 'connect_timeout');
    options.signal?.addEventListener('abort', this.#abortedByCaller, { once: true });
    if (options.signal?.aborted === true) this.#abortedByCaller();
  }

  /** Never rejects. */
  get outcome(): Promise<DialOutcome> {
    return this.#settled.promise;
  }

  /** Its outcome is there: it timed out, or its caller gave up. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** A connection is there, and the request is about to be written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection longer than its caller did: not a byte of it leaves.
    if (this.#isSettled) return controller.abort(new Error('too late'));
    this.#waitAtMost(this.#options.firstByteTimeoutMs, 'timeout');
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Head['headers']): void {
    if (status < 200) return this.#countInterim(controller);
    this.#head = { status, headers };
    this.#waitAtMost(this.#options.timeoutMs, 'timeout');
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#isSettled) return;
    const room = this.#options.maxBodyBytes - this.#bytes;
    this.#pieces.push(piece.subarray(0, room));
    this.#bytes += Math.min(piece.length, room);
    if (piece.length <= room) return;
    this.#answer('cut');
    // Closes the connection: what else the server sends is never read.
    controller.abort(new Error('too large'));
  }

  onResponseEnd(): void {
    this.#answer('whole');
    this.#options.onReleased();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#head !== undefined) this.#answer('broken');
    else this.#fail(this.#controller === undefined ? reasonOfConnecting(error) : reasonOfAnswering(error), error);
    this.#options.onReleased();
  }

  /** They cost a turn of the parser each, and a server may send a million of them before the deadline. */
  #countInterim(controller: Dispatcher.DispatchController): void {
    this.#interimAnswers += 1;
    if (this.#interimAnswers <= this.#options.maxInterimAnswers || this.#isSettled) return;
    const error = new Error(`more than ${this.#options.maxInterimAnswers} interim answers (1xx)`);
    this.#fail('protocol', error);
    controller.abort(error);
  }

  #waitAtMost(ms: number, reason: DialFailureReason): void {
    clearTimeout(this.#timer);
    const left = Math.min(ms, this.#deadlineAtMs - performance.now());
    this.#timer = setTimeout(() => this.#give(reason, `no answer in time`), Math.max(left, 0));
  }

  /** Ends the waiting; what is on the connection is closed with it. */
  #give(reason: DialFailureReason, words: string): void {
    if (this.#head === undefined) this.#fail(reason, new Error(words));
    else this.#answer('late');
    this.#controller?.abort(new Error(words));
  }

  #answer(bodyEnd: DialAnswer['bodyEnd']): void {
    const { status, headers } = this.#head ?? { status: 0, headers: {} };
    const body = this.#pieces.length === 1 ? (this.#pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#pieces);
    this.#settle({ kind: 'answer', status, headers, body, bodyEnd });
  }

  #fail(reason: DialFailureReason, error: Error): void {
    this.#settle({
      kind: 'failure',
      reason,
      arrived: this.#controller === undefined ? 'no' : 'maybe',
      // A message of the parser may quote what it read, so of a foreign error only the code is told.
      detail: `${this.#options.host}: ${reason === 'denied' ? error.message : (foreignCode(error) ?? error.message)}`,
    });
  }

  #settle(outcome: DialOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#pieces = [];
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#abortedByCaller);
    this.#settled.resolve(outcome);
  }
}
