import type { PlainAnswer } from '@trunkline/http-client';

/**
 * One thing that an API does, as a value: it makes a request and reads the answer, and sends nothing. `Input` is what the
 * operation is told, `Output` what it gives back.
 */
export interface OperationDefinition<Credentials, Input, Output> {
  /** In the words of the API: `messages.create`. */
  readonly name: string;
  /**
   * `yes`: reads only. `natural`: done twice, it ends in the same state. `key`: the API knows a request again by the key
   * that it is sent with. `no`: done twice, it happened twice.
   */
  readonly repeatable: 'yes' | 'natural' | 'key' | 'no';
  readonly request: (input: Input, context: RequestContext<Credentials>) => OperationRequest;
  /** Reads an answer of success; throws where it is none that the API promises. */
  readonly answer: (answer: PlainAnswer) => Output;
  /** Rates of their own, beside those of the client; `key` is added to the account's. */
  readonly rates?: (input: Input) => readonly Rate[];
}

export interface RequestContext<Credentials> {
  readonly credentials: Credentials;
  /** Of an operation that is repeatable by key. */
  readonly idempotencyKey: string;
}

export interface OperationRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with a slash; parts that come from outside are encoded (`pathOf`). */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly json: unknown } | { readonly form: Readonly<Record<string, string | undefined>> };
}

/** A rate that the API keeps; all processes keep it together. */
export interface Rate {
  readonly key: string;
  readonly count: number;
  readonly periodMs: number;
  readonly burst: number;
}
