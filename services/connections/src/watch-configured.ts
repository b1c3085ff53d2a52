import { type Backoff, classify, untilAnswers } from '@trunkline/core';
import type { Service } from '@trunkline/runtime';
import {
  type ConfiguredConnection,
  flawsOf,
  type Followed,
  linesOf,
  type Problem,
  standingOf,
  watchConnections,
} from '@trunkline/sources/connections';

export interface WatchConfiguredOptions {
  readonly file: string;
  readonly secretsFile: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Brings the database in line. */
  readonly apply: (connections: readonly ConfiguredConnection[], signal: AbortSignal) => Promise<void>;
}

export interface ConfiguredWatch {
  /** Nothing is applied any more when it resolves. */
  close(): Promise<void>;
}

const backoff: Backoff = { firstMs: 200, lastMs: 5_000 };

/**
 * Applies the connections of the file, and again whenever the file or a secret changes, one after the other and the newest
 * last. Resolves when they are applied for the first time: while the database is away it waits, and says so.
 */
export async function watchConfigured(
  { file, secretsFile, environment, apply }: WatchConfiguredOptions,
  { logger, health }: Pick<Service, 'logger' | 'health'>,
  starting: AbortSignal,
): Promise<ConfiguredWatch> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([starting, stopping.signal]);
  const tell = (problems: readonly Problem[], message: string): void => {
    if (problems.length > 0) logger.warn({ event: 'connections', problems: linesOf(file, problems) }, message);
  };
  const applySurely = (connections: readonly ConfiguredConnection[]): Promise<void> =>
    untilAnswers(() => apply(connections, signal), {
      backoff,
      signal,
      onAway: ({ code, message }) =>
        logger.warn({ event: 'connections.waiting', code, reason: message }, 'cannot apply the connections yet'),
    });

  let applying: Promise<void> = Promise.resolve();
  const watch = await watchConnections(file, {
    env: environment,
    ...(secretsFile === undefined ? {} : { secretsFile }),
    onChange: ({ connections, warnings }) => {
      tell(warnings, 'the connections are in force, but not all of them will work as meant');
      applying = applying
        .then(() => applySurely(connections))
        .catch((thrown: unknown) => {
          if (signal.aborted) return;
          const { code, message } = classify(thrown);
          logger.error({ event: 'connections', code, reason: message }, 'the connections could not be applied');
        });
    },
    onProblems: (problems) => tell(problems, 'the sources file is broken; the last good connections stay in force'),
  });
  tell(watch.warnings(), 'not all connections will work as meant');
  const followed = (): Followed => ({ file, problems: watch.problems(), warnings: watch.warnings() });
  health.check('connections', () => standingOf(followed()));
  health.summarise('connections', () => flawsOf(followed()));
  const close = async (): Promise<void> => {
    stopping.abort();
    await watch.close();
    await applying;
  };
  try {
    await applySurely(watch.connections());
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
