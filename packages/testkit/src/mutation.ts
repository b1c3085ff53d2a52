import { registerHooks } from 'node:module';
import { join } from 'node:path';

/**
 * Proof that a fault row has teeth: one safeguard in the product's source is replaced while the file is loaded, in
 * the started process only, and the row must then go red. Nothing on disk changes, and nothing in the product knows.
 *
 * Preloaded with `--import` by the fault suite; `TRUNKLINE_MUTATION` holds one `Mutation` as JSON.
 */
export interface Mutation {
  /** What is undone, for the report: "answer before the broker's acknowledgement". */
  readonly undoes: string;
  /** The end of the file's path. */
  readonly file: string;
  /** Exact text, which must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** What a service has to be started with so that the mutation is in force in it; nothing without one. */
export interface Undone {
  readonly nodeArguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export function undoing(mutation: Mutation | undefined): Undone {
  if (mutation === undefined) return {};
  return {
    nodeArguments: ['--import', join(import.meta.dirname, 'mutation-preload.ts')],
    env: { TRUNKLINE_MUTATION: JSON.stringify(mutation) },
  };
}

export function applyMutation(mutation: Mutation): void {
  let applied = false;
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(mutation.file) || loaded.source === undefined || loaded.source === null) return loaded;
      const source = textOf(loaded.source);
      if (source.split(mutation.find).length !== 2) {
        throw new Error(`mutation of ${mutation.file}: the text to replace does not occur exactly once`);
      }
      applied = true;
      return { ...loaded, source: source.replace(mutation.find, () => mutation.replace) };
    },
  });
  process.on('exit', () => {
    if (!applied) process.stderr.write(`mutation of ${mutation.file} was never applied\n`);
  });
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray): string {
  if (typeof source === 'string') return source;
  return source instanceof ArrayBuffer
    ? Buffer.from(source).toString('utf8')
    : Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString('utf8');
}
