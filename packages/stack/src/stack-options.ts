/** What whoever wants a stack may ask for. */
import type { Env } from './config.ts';
import type { StackPart, StackProgress } from './types.ts';

export interface StartStackOptions {
  /** Everything the stack writes, except downloads. One running stack per folder. */
  readonly dataDir: string;
  /** Where downloads are kept; `$TRUNKLINE_CACHE`, else `~/.cache/trunkline`. */
  readonly cacheDir?: string;
  /** All parts when absent. The registry brings PostgreSQL with it. */
  readonly parts?: readonly StackPart[];
  /** Without these the stack goes on where they do not start; their failure is told by `onProgress`. */
  readonly dispensable?: readonly StackPart[];
  /** Fixed ports; the other parts get free ones. */
  readonly ports?: Partial<Record<StackPart, number>>;
  /** How many brokers Kafka has, 1 when absent; a data folder keeps the number it was made with. */
  readonly brokers?: number;
  /** Adds a second Kafka listener that is advertised at this port, where a fault proxy will listen. */
  readonly kafkaProxyPort?: number;
  /** Kafka takes these users alone, over TLS, and lets each do what an ACL says; one broker. Anybody does anything when absent. */
  readonly kafkaUsers?: readonly string[];
  /** True: Kafka's code is compiled as far as its JVM can, as where it is measured; else quickly, as suits a stack of minutes. */
  readonly isMeasured?: boolean;
  /** The java executable; found by JAVA_HOME and PATH when absent. */
  readonly java?: string;
  readonly onProgress?: (event: StackProgress) => void;
  /** Aborting it stops what was started. */
  readonly signal?: AbortSignal;
  /** The process environment when absent. */
  readonly env?: Env;
}

/** Whatever the stack is made of, so with one broker. */
export interface ResolveStackOptions extends Omit<StartStackOptions, 'ports' | 'env' | 'brokers'> {
  readonly env: Env;
  /** `stable` for what people use, so that URLs stay the same; `free` for tests, so that they never collide. */
  readonly ports: 'stable' | 'free';
}
