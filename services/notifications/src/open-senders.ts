import type { Service } from '@trunkline/runtime';
import { flawsOf, type Followed, linesOf, type Problem, standingOf } from '@trunkline/sources/directory';
import { noSenders, type Senders, watchSenders } from '@trunkline/sources/senders';

/** Marks every line about senders, for whoever follows the log for them. */
const sendersEvent = 'senders';

export interface OpenSenders {
  /** Those in force at that moment. */
  senders(): Senders;
  close(): Promise<void>;
}

/** The senders of the installation, followed while the service runs; without a file none. A broken edit changes nothing. */
export async function openSenders(
  {
    file,
    environment,
  }: { readonly file: string | undefined; readonly environment: Readonly<Record<string, string | undefined>> },
  { logger, health }: Pick<Service, 'logger' | 'health'>,
): Promise<OpenSenders> {
  if (file === undefined) return { senders: () => noSenders, close: () => Promise.resolve() };
  const tell = (problems: readonly Problem[], message: string): void => {
    if (problems.length > 0) logger.warn({ event: sendersEvent, problems: linesOf(file, problems) }, message);
  };
  const watch = await watchSenders(file, {
    env: environment,
    onChange: ({ warnings }) => {
      logger.info({ event: sendersEvent }, 'the sources file has changed, and its senders are in force');
      tell(warnings, 'senders are in force, but not all of them will work as meant');
    },
    onProblems: (problems) => tell(problems, 'the sources file is broken; the last good senders stay in force'),
  });
  tell(watch.warnings(), 'not all senders will work as meant');
  const followed = (): Followed => ({ file, problems: watch.problems(), warnings: watch.warnings() });
  health.check('senders', () => standingOf(followed()));
  health.summarise('senders', () => flawsOf(followed()));
  return { senders: () => watch.senders(), close: () => watch.close() };
}
