/** Rounds of a latency that count only while the machine is quiet: a process that waits for a CPU measures its neighbours. */
import type { BenchRun } from './benchmark.ts';
import { cpuWaitMs } from './load/cpu-wait.ts';

/** Of the time of a round: a process that waited longer for a CPU makes it void. */
export const mostWaiting = 0.05;
/** As often as rounds are asked for; after that the machine is busy and nothing is measured. */
const triesPerRound = 3;

export interface Round<T> {
  readonly measured: T;
  /** Largest share of the round that one of the processes waited for a CPU; NaN where the system does not say. */
  readonly waited: number;
}

export interface QuietRounds<T> {
  /** As many as were asked for, or none. */
  readonly rounds: readonly T[];
  readonly note: string;
}

/** Measures one round; `watched` are the processes whose waiting voids it. */
export async function watchedRound<T>(watched: readonly number[], measure: () => Promise<T>): Promise<Round<T>> {
  const startedAt = performance.now();
  const before = watched.map(cpuWaitMs);
  const measured = await measure();
  const tookMs = performance.now() - startedAt;
  const waited = Math.max(...watched.map((pid, index) => (cpuWaitMs(pid) - (before[index] ?? 0)) / tookMs));
  return { measured, waited };
}

/** The first round is for the compiler; void ones are measured again, three times as many rounds as asked for at most. */
export async function quietRounds<T>(
  run: Pick<BenchRun, 'rounds' | 'signal' | 'onProgress'>,
  round: () => Promise<Round<T>>,
): Promise<QuietRounds<T>> {
  const quiet: T[] = [];
  const most = run.rounds * triesPerRound;
  await round();
  let tries = 0;
  while (quiet.length < run.rounds && tries < most) {
    run.signal.throwIfAborted();
    const { measured, waited } = await round();
    tries += 1;
    // Where the system says nothing of waiting, nothing is void.
    if (waited > mostWaiting) run.onProgress(`round ${tries} is void: ${percent(waited)} of it waiting for a CPU`);
    else quiet.push(measured);
  }
  const voided = tries - quiet.length;
  const rule = `a round in which a process of ours waits for a CPU more than ${percent(mostWaiting)} of the time is void`;
  if (quiet.length < run.rounds)
    return { rounds: [], note: `Machine busy, not measured: ${voided} of ${tries} rounds were void (${rule}).` };
  return { rounds: quiet, note: `${voided} of ${tries} rounds were void: ${rule}.` };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
