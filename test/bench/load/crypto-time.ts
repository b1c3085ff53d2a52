/** How much of a piece of work is cryptography: the time inside node:crypto, by replacing what it exports for a moment. */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

export interface CryptographyTime {
  readonly totalMs: number;
  readonly cryptographyMs: number;
}

type AnyFunction = (...args: unknown[]) => unknown;
type Holder = Record<string, unknown>;

/** Functions whose whole call is cryptography. */
const functions = [
  'createHash',
  'createHmac',
  'createPublicKey',
  'createSecretKey',
  'hash',
  'randomBytes',
  'timingSafeEqual',
  'verify',
  'createVerify',
];
const methods = ['update', 'digest', 'verify'];
const calibrationCalls = 20_000;

/** Runs synchronous work with every call into node:crypto timed; what the timing itself costs is taken off. */
export function cryptographyMs(work: () => void): CryptographyTime {
  const meter = { ms: 0, calls: 0, depth: 0 };
  const restores = [
    ...replace(crypto as unknown as Holder, functions, meter),
    ...prototypes().flatMap((prototype) => replace(prototype, methods, meter)),
  ];
  syncBuiltinESMExports();
  let totalMs: number;
  const overhead = overheadPerCall();
  try {
    const begin = performance.now();
    work();
    totalMs = performance.now() - begin;
  } finally {
    for (const restore of restores) restore();
    syncBuiltinESMExports();
  }
  return {
    totalMs: Math.max(0, totalMs - meter.calls * overhead.wholeMs),
    cryptographyMs: Math.max(0, meter.ms - meter.calls * overhead.insideMs),
  };
}

interface Meter {
  ms: number;
  calls: number;
  /** One function of crypto may call another. */
  depth: number;
}

function timed(original: AnyFunction, meter: Meter): AnyFunction {
  return function measured(this: unknown, ...args: unknown[]): unknown {
    if (meter.depth > 0) return original.apply(this, args);
    meter.depth = 1;
    const begin = performance.now();
    try {
      return original.apply(this, args);
    } finally {
      meter.ms += performance.now() - begin;
      meter.calls += 1;
      meter.depth = 0;
    }
  };
}

function replace(holder: Holder, names: readonly string[], meter: Meter): readonly (() => void)[] {
  return names.flatMap((name) => {
    const original = holder[name];
    if (typeof original !== 'function') return [];
    const own = Object.hasOwn(holder, name);
    holder[name] = timed(original as AnyFunction, meter);
    return [
      () => {
        if (own) holder[name] = original;
        else delete holder[name];
      },
    ];
  });
}

/** Of the objects that the functions above hand out. */
function prototypes(): readonly Holder[] {
  return [crypto.createHash('sha1'), crypto.createHmac('sha1', 'k'), crypto.createVerify('sha256')].map(
    (object) => Object.getPrototypeOf(object) as Holder,
  );
}

/** What timing one call costs: inside of what is measured, and altogether. */
function overheadPerCall(): { readonly insideMs: number; readonly wholeMs: number } {
  const meter: Meter = { ms: 0, calls: 0, depth: 0 };
  const nothing = timed(() => undefined, meter);
  for (let call = 0; call < calibrationCalls; call += 1) nothing();
  meter.ms = 0;
  const begin = performance.now();
  for (let call = 0; call < calibrationCalls; call += 1) nothing();
  return { insideMs: meter.ms / calibrationCalls, wholeMs: (performance.now() - begin) / calibrationCalls };
}
