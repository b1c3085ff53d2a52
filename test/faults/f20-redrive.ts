import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { installationEnvironment, until } from '@trunkline/installation';
import { createTopicAdmin, deadLetterTopic, redriveTopic, type TopicAdmin } from '@trunkline/kafka';
import { judge } from '@trunkline/testkit';

import { administer } from './connections.ts';
import { consumeEverything, startIngress, startPayments, startTally, untilConsumed } from './consumers.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { createSenders } from './senders.ts';
import { findings } from './verifier.ts';
import { type FaultWorld, root } from './world.ts';

const group = 'payments';
const loadDeadlineMs = 300_000;
const redriveDeadlineMs = 300_000;
/** How both interruptions come, in turn: a machine that dies, and somebody who presses Ctrl-C. */
const interruptions = ['SIGKILL', 'SIGINT'] as const;
/** Records sent back for each letter: what was under way at an interruption may go twice. */
const sentPerLetterBar = 1.2;

/** Dead letters of one cause, sent back when it is mended, by a command that is interrupted and given again. */
export const redrive: FaultRow = {
  id: 'F20',
  title: 'bulk redrive of dead letters, interrupted twice',
  full: { deliveries: 10_000, perSecond: 500, strikes: 2 },
  short: { none: 'three starts of the command line over thousands of letters; dead-letters.int.test.ts has few' },
  safeguards: [
    {
      undoes: 'only events that the inbox did not know reach a handler',
      file: 'packages/consumer/src/batch/apply.ts',
      find: 'open.filter(({ entry }) => claimed.has(entry.eventId)),',
      replace: 'open,',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, mutation } = run;
    const admin = createTopicAdmin(world.kafka);
    try {
      await refusePayments(world);
      const [ingress, tally, payments] = await Promise.all([
        startIngress(world),
        startTally(world, {}),
        // Most keys fail alike, which the group would wait out.
        startPayments(world, { mutation, env: { ...wholeBatches, TRUNKLINE_RELEASE_GUARD: 'false' } }),
      ]);
      const senders = createSenders(run, { deadlineMs: loadDeadlineMs });
      await senders.sendDuring(scale.deliveries, () => Promise.resolve());
      await ingress.stop();
      await untilConsumed(world);
      const letters = await recordsOn(admin, deadLetterTopic(group));
      run.onProgress(`${letters} dead letters`);
      await administer(world, ['DROP TRIGGER refused ON payments.payment']);
      const sent: number[] = [];
      const startedAt = performance.now();
      for (let strike = 0; strike < scale.strikes; strike += 1) {
        const command = startRedrive(world, scale.perSecond * 2);
        const enough = ((strike + 1) * letters) / (scale.strikes + 1);
        await untilSent(admin, { command, enough });
        command.kill(interruptions[strike % interruptions.length]);
        await once(command, 'exit');
        sent.push(await recordsOn(admin, redriveTopic(group)));
        run.onProgress(`interrupted after ${sent.at(-1)} of ${letters}`);
        // The command asks the inbox what is done; what is under way would be sent once more, which costs nothing but time.
        await untilRedriven(admin);
      }
      await finished(startRedrive(world, scale.perSecond * 2));
      const seconds = (performance.now() - startedAt) / 1_000;
      const total = await recordsOn(admin, redriveTopic(group));
      await untilRedriven(admin);
      await consumeEverything(world, [tally, payments]);
      const applied = appliedIn(world);
      const found = await findings(world);
      const kept = new Set(found.effects);
      return {
        judgement: judge(senders.ledger.promised, {
          effects: applied.filter((id) => kept.has(id)),
          // Each was a dead letter; what counts is that it has its effect now.
          deadLetters: [],
          waiting: [],
        }),
        strikes: scale.strikes,
        broken:
          total > sentPerLetterBar * letters
            ? [`${total} records were sent back for ${letters} letters, at most ${sentPerLetterBar} for each`]
            : [],
        figures: {
          'dead letters': letters,
          'sent back when interrupted': sent.join(', '),
          'sent back in all': total,
          'all three commands, s': Math.round(seconds),
        },
      };
    } finally {
      await admin.close();
    }
  },
};

const wholeBatches = { TRUNKLINE_BATCH_RECORDS: '500' } as const;

/** What somebody would have to mend: the table takes no payment. */
async function refusePayments(world: FaultWorld): Promise<void> {
  await administer(world, [
    `CREATE FUNCTION public.refused() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       RAISE EXCEPTION 'payments are refused' USING ERRCODE = 'check_violation';
     END $$`,
    'CREATE TRIGGER refused BEFORE INSERT ON payments.payment FOR EACH STATEMENT EXECUTE FUNCTION public.refused()',
  ]);
}

/** `trunkline dlq redrive payments --all`, as a process of its own. */
function startRedrive({ installation }: FaultWorld, ratePerSecond: number): ChildProcess {
  const main = join(root, 'packages/cli/src/main.ts');
  const words = ['dlq', 'redrive', group, '--all', '--rate', `${ratePerSecond}/s`, '--json'];
  return spawn(process.execPath, ['--conditions=@trunkline/source', main, ...words], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...installationEnvironment(installation, 'operator') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function finished(command: ChildProcess): Promise<void> {
  const said = command.stderr === null ? '' : text(command.stderr);
  command.stdout?.resume();
  const [code]: unknown[] = await once(command, 'exit', { signal: AbortSignal.timeout(redriveDeadlineMs) });
  if (code !== 0) throw new Error(`the redrive ended with ${String(code)}: ${await said}`);
}

interface Sending {
  readonly command: ChildProcess;
  readonly enough: number;
}

async function untilSent(admin: TopicAdmin, { command, enough }: Sending): Promise<void> {
  command.stdout?.resume();
  command.stderr?.resume();
  await until(
    `${enough} letters sent back`,
    async () => {
      if (command.exitCode !== null) throw new Error(`the redrive ended by itself with ${command.exitCode}`);
      return (await recordsOn(admin, redriveTopic(group))) >= enough;
    },
    { deadlineMs: redriveDeadlineMs, everyMs: 50 },
  );
}

/** Waits until the group has worked off what was sent back. */
async function untilRedriven(admin: TopicAdmin): Promise<void> {
  await until(
    'what was sent back is worked off',
    async () => (await admin.groupLag(redriveTopic(group), [redriveTopic(group)])).every(({ lag }) => lag === 0n),
    { deadlineMs: redriveDeadlineMs, everyMs: 100 },
  );
}

async function recordsOn(admin: TopicAdmin, topic: string): Promise<number> {
  return (await admin.offsets(topic)).reduce((sum, { low, high }) => sum + Number(high - low), 0);
}

/**
 * The events that the payments service says it has applied, one entry for each time. Its row cannot be doubled, because a
 * version guards it; its log is whole, because it is never killed here.
 */
function appliedIn({ installation }: FaultWorld): readonly string[] {
  const log = readFileSync(join(installation.logDir, `${group}.log`), 'utf8');
  return log
    .split('\n')
    .filter((line) => line.includes('"outcome":"applied"') || line.includes('"outcome":"stale"'))
    .flatMap((line) => /"eventId":"([^"]+)"/.exec(line)?.[1] ?? []);
}
