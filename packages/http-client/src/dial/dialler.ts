import { type AddressGuard, explainDenial, isDenial } from './address-guard.ts';
import type { TlsProfile } from './connector.ts';
import { Exchange } from './exchange.ts';
import { type DialLimits, dialLimits } from './limits.ts';
import type { DialFailureReason, DialOutcome } from './outcome.ts';
import { createPools } from './pools.ts';
import { createNameResolver, type ResolveName } from './resolve-name.ts';

export interface DiallerOptions {
  readonly guard: AddressGuard;
  /** DNS of the system when absent. */
  readonly resolve?: ResolveName;
  readonly limits?: Partial<DialLimits>;
}

export interface DialRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** Its certificates apply to no request with another one. */
  readonly tls?: TlsProfile | undefined;
  /** Who it is for: nobody's requests take all connections to an origin. Undefined: it may have any. */
  readonly share?: string | undefined;
  /** Narrower or wider than the dialler's, for this request. */
  readonly limits?: Partial<Pick<DialLimits, 'firstByteTimeoutMs' | 'timeoutMs' | 'maxBodyBytes'>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The lower floor: one request to a place that may be called, one bounded answer, deadlines on everything, and nothing
 * repeated. Redirects are not followed: they are answers.
 */
export interface Dialler {
  /** Never rejects: what went wrong is an outcome. */
  send(request: DialRequest): Promise<DialOutcome>;
  inFlight(): number;
  /** Ends every request and every connection. */
  close(): Promise<void>;
}

export function createDialler(options: DiallerOptions): Dialler {
  const { guard, resolve = createNameResolver() } = options;
  const limits = { ...dialLimits, ...options.limits };
  const pools = createPools({ guard, resolve, limits });
  let inFlight = 0;
  let isClosed = false;

  async function send(request: DialRequest): Promise<DialOutcome> {
    const target = guard.judgeUrl(request.url);
    if (isDenial(target)) return unsent('denied', `not a destination for requests: ${explainDenial(target)}`);
    if (isClosed) return unsent('aborted', `${target.host}: closed`);
    if (inFlight >= limits.maxInFlight) return unsent('overloaded', `${inFlight} requests are under way`);
    const { pool, turnstile } = pools.of(target, request.tls);
    const { share } = request;
    inFlight += 1;
    const exchange = new Exchange({
      host: target.host,
      ...limits,
      ...request.limits,
      signal: request.signal,
      onReleased: () => {
        inFlight -= 1;
        turnstile.leave(share);
      },
    });
    const { pathname, search } = target.url;
    let hasEntered = false;
    const enter = (): void => {
      hasEntered = true;
      pool.dispatch(
        {
          method: request.method,
          path: `${pathname}${search}`,
          headers: request.headers,
          body: request.body ?? null,
        },
        exchange,
      );
    };
    turnstile.wait({ share, enter, isWanted: () => !exchange.isSettled });
    const outcome = await exchange.outcome;
    // It never had a connection to give back.
    if (!hasEntered) inFlight -= 1;
    return outcome;
  }

  return {
    send,
    inFlight: () => inFlight,
    close: async () => {
      isClosed = true;
      await pools.close();
    },
  };
}

function unsent(reason: DialFailureReason, detail: string): DialOutcome {
  return { kind: 'failure', reason, arrived: 'no', detail };
}
