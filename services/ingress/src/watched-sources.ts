import { TrunklineError } from '@trunkline/core';
import type { Environment, Logger } from '@trunkline/runtime';
import { type Problem, renderProblems, type SourcesWatch, watchSources } from '@trunkline/sources';

import type { SourceProvider } from './source-provider.ts';

export interface WatchedSourcesOptions {
  readonly sourcesFile: string;
  readonly secretsFile: string | undefined;
  /** Where `env:NAME` in the file leads. */
  readonly environment: Environment;
  readonly logger: Logger;
}

/** The sources of the file, followed. A broken edit changes nothing but the log and what operators are told. */
export function watchedSources(options: WatchedSourcesOptions): SourceProvider {
  const { sourcesFile, secretsFile, environment, logger } = options;
  let watch: SourcesWatch | undefined;
  const tell = (problems: readonly Problem[], message: string): void => {
    if (problems.length > 0) logger.warn({ problems: rendered(sourcesFile, problems) }, message);
  };

  return {
    start: async () => {
      watch = await watchSources(sourcesFile, {
        env: environment,
        ...(secretsFile === undefined ? {} : { secretsFile }),
        onChange: (catalog, warnings) => {
          logger.info({ sources: catalog.all().length }, 'the sources file has changed and is in force');
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
      const [first, ...more] = rendered(sourcesFile, watch.problems());
      if (first === undefined) return { ok: true };
      const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
      return { ok: true, detail: `the last good state is in force; the file is broken: ${first}${others}` };
    },
    close: async () => {
      await watch?.close();
    },
  };
}

function rendered(file: string, problems: readonly Problem[]): readonly string[] {
  return problems.map((problem) => renderProblems(file, [problem]).trimEnd());
}
