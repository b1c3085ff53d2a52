import { failed, few, ok, skipped, unreadiness } from '@trunkline/operations';
import type { GetOptions } from '@trunkline/operations/http';

import { baseOf, operatorToken } from '../service-addresses.ts';
import type { CommandCheck } from './command-check.ts';

/** The run that `npm start` wrote down: alive, and every service of it ready. */
export const runOfStart: CommandCheck = {
  name: 'run',
  requires: [],
  async run({ settings }, signal) {
    const { run } = settings;
    if (run === undefined && settings.find('kafkaBrokers') === undefined) {
      return failed('no run of npm start here, and no other installation is named', 'npm start');
    }
    if (run === undefined) return skipped('no run of npm start here; settings come from flags and the environment');
    if (!isAlive(run.pid)) return failed(`the run of npm start (pid ${run.pid}) has ended`, 'npm start');
    const troubles: string[] = [];
    let ended = false;
    for (const service of run.services) {
      const trouble = await troubleOf(service, { signal, token: operatorToken(settings) });
      ended ||= !isAlive(service.pid);
      if (trouble !== undefined) troubles.push(`${service.name}: ${trouble} (log: ${service.logFile})`);
    }
    return troubles.length === 0
      ? ok(`pid ${run.pid}, ${few(run.services.map((service) => service.name))} ready`)
      : failed(
          few(troubles),
          // One that lives and waits says itself what for, and goes on by itself: a new start would change nothing.
          ended
            ? 'read the log it names; npm start starts it again, else stop with Ctrl-C and `npm start`'
            : 'put right what it waits for; it goes on by itself, without a new start',
        );
  },
};

async function troubleOf(
  service: { readonly name: string; readonly pid: number; readonly healthUrl: string },
  options: GetOptions,
): Promise<string | undefined> {
  if (!isAlive(service.pid)) return `its process (${service.pid}) has ended`;
  const trouble = await unreadiness({ name: service.name, url: baseOf(service.healthUrl) }, options);
  return trouble === undefined ? undefined : `not ready: ${trouble}`;
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 sends nothing: it only asks whether the process is there.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
