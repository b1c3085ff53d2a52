import { changeReplay, findReplay, isReplayId, listReplays, readReplayReasons, type Replay } from '@trunkline/journal';

import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { renderReplayJob, stateText } from './render-replay.ts';
import type { JobSource } from './seen-job.ts';

/** Deliveries of the archive that are normalised again. */
export const replayJobs: JobSource<Replay> = {
  schema: 'journal',
  doing: 'replaying',
  untaken: 'does services/journal run, and does an older replay of the source (trunkline jobs list)?',
  list: (database, { all, signal }) => listReplays(database, { scope: 'all', all, signal }),
  find: async (database, id, signal) =>
    isReplayId(id) ? await findReplay(database, { scope: 'all', id, signal }) : undefined,
  change: async (database, { id, ...asked }) =>
    isReplayId(id) ? await changeReplay(database, { id, ...asked }) : undefined,
  seen: (replay) => {
    const { planned, queued } = replay.counts;
    return {
      ...replay,
      kind: 'replay',
      of: replay.source,
      stateText: stateText(replay),
      phase: replay.state === 'canary' ? 'running' : replay.state,
      total: planned,
      done: planned - queued,
      failed: 0,
      isTaken: replay.isLeased,
    };
  },
  async show(replay: Replay, context: CommandContext) {
    const { output, signal } = context;
    const reasons = await withDatabase(context, 'journal', (database) =>
      readReplayReasons(database, { scope: 'all', id: replay.id, signal }),
    );
    output.result({ job: replay, reasons }, () => renderReplayJob({ replay, reasons }, output));
  },
};
