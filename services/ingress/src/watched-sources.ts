import { type Clock, TrunklineError } from '@trunkline/core';
import type { Environment, Logger, Metrics } from '@trunkline/runtime';
import {
  flawsOf,
  type Followed,
  linesOf,
  type Problem,
  type SourcesWatch,
  standingOf,
  watchSources,
} from '@trunkline/sources';

import { sourceGauges } from './source-gauges.ts';
import type { SourceProvider } from './source-provider.ts';

export interface WatchedSourcesOptions {
  readonly sourcesFile: string;
  readonly secretsFile: string | undefined;
  /** Where `env:NAME` in the file leads. */
  readonly environment: Environment;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** The sources of the file, followed. A broken edit changes nothing but the log and what operators are told. */
export function watchedSources(options: WatchedSourcesOptions): SourceProvider {
  const { sourcesFile, secretsFile, environment, logger, metrics, clock } = options;
  let watch: SourcesWatch | undefined;
  const followed = (current: SourcesWatch | undefined): Followed => ({
    file: sourcesFile,
    problems: current?.problems() ?? [],
    warnings: current?.warnings() ?? [],
  });
  const tell = (problems: readonly Problem[], message: string): void => {
    if (problems.length > 0) logger.warn({ event: sourcesEvent, problems: linesOf(sourcesFile, problems) }, message);
  };

  const gauged = { catalog: () => watch?.catalog(), problems: () => watch?.problems().length ?? 0 };
  sourceGauges(metrics, gauged, clock);

  return {
    start: async () => {
      watch = await watchSources(sourcesFile, {
        env: environment,
        ...(secretsFile === undefined ? {} : { secretsFile }),
        onChange: ({ catalog, warnings, changes }) => {
          logger.info(
            { event: sourcesEvent, sources: catalog.all().length, ...changes },
            'the sources have changed and are in force',
          );
          if (changes.lost.length > 0) {
            logger.warn(
              { event: sourcesEvent, lost: changes.lost },
              'sources are gone from the file: what is posted to them is answered 404; let a source that is over be `state: retired`',
            );
          }
          tell(warnings, 'the sources file is in force, but not all of it will work as meant');
        },
        onProblems: (problems) => tell(problems, 'the sources file is broken; the last good state stays in force'),
      });
      tell(watch.warnings(), 'not all of the sources file will work as meant');
    },
    catalog: () => {
      if (watch === undefined) throw new TrunklineError('unknown', 'the sources were asked for before they were read');
      return watch.catalog();
    },
    check: () => {
      if (watch === undefined) return { ok: false, detail: 'the sources file was not read yet' };
      return standingOf(followed(watch));
    },
    summary: () => flawsOf(followed(watch)),
    close: async () => {
      await watch?.close();
    },
  };
}

/** Marks every line about the sources, for whoever follows the log for them. */
const sourcesEvent = 'sources';
