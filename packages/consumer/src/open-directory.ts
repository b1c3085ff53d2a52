import type { Service } from '@trunkline/runtime';
import {
  type Directory,
  emptyDirectory,
  flawsOf,
  type Followed,
  linesOf,
  type Problem,
  standingOf,
  watchDirectory,
} from '@trunkline/sources/directory';

/** Marks every line about people and phones, for whoever follows the log for them. */
const directoryEvent = 'directory';

export interface OpenDirectory {
  readonly directory: Directory;
  close(): Promise<void>;
}

/**
 * The people and phones of the installation, followed while the service runs; without a file nobody. A broken edit
 * changes nothing but the log and what operators are told.
 */
export async function openDirectory(
  {
    file,
    environment,
  }: { readonly file: string | undefined; readonly environment: Readonly<Record<string, string | undefined>> },
  { logger, health }: Pick<Service, 'logger' | 'health'>,
): Promise<OpenDirectory> {
  if (file === undefined) return { directory: emptyDirectory, close: () => Promise.resolve() };
  const tell = (problems: readonly Problem[], message: string): void => {
    if (problems.length > 0) logger.warn({ event: directoryEvent, problems: linesOf(file, problems) }, message);
  };
  const watch = await watchDirectory(file, {
    env: environment,
    onChange: ({ warnings }) => {
      logger.info({ event: directoryEvent }, 'the sources file has changed, and its people and phones are in force');
      tell(warnings, 'people and phones are in force, but not all of them will work as meant');
    },
    onProblems: (problems) =>
      tell(problems, 'the sources file is broken; the last good people and phones stay in force'),
  });
  tell(watch.warnings(), 'not all people and phones will work as meant');
  const followed = (): Followed => ({ file, problems: watch.problems(), warnings: watch.warnings() });
  health.check('directory', () => standingOf(followed()));
  health.summarise('directory', () => flawsOf(followed()));
  return { directory: watch.directory, close: () => watch.close() };
}
