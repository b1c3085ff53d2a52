import { randomUUID } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';
import { type ProviderSource, type ReceivedRequest, Secret } from '@trunkline/providers';
import { type Fixture, listFixtures, loadFixture, requestOf } from '@trunkline/providers/fixtures';
import { type Command, Option } from 'commander';

import { countArgument, waitArgument, urlArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { eachWithLimit } from '../each-with-limit.ts';
import type { ExitName } from '../exit-codes.ts';
import { findProvider, pickSource } from '../pick-source.ts';
import { type Change, changeArgument, withChanges } from '../send/changes.ts';
import { eventIdsOf, fixtureIdsOf } from '../send/fixture-ids.ts';
import { withFreshIds } from '../send/fresh-ids.ts';
import { latencyOf } from '../send/latency.ts';
import { type Answer, postRequest } from '../send/post.ts';
import { renderSending, type Sending } from '../send/render.ts';
import { timesAhead } from '../send/times-ahead.ts';
import { openCatalog } from '../source-access.ts';
import { addExamples } from './examples.ts';

export interface SendOptions {
  readonly provider: string;
  readonly fixture: string;
  readonly source?: string;
  readonly times: number;
  readonly concurrency: number;
  readonly sameId?: boolean;
  readonly entity?: string;
  readonly set?: readonly Change[];
  readonly badSignature?: boolean;
  readonly url?: string;
  readonly deadline: number;
}

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('send')
    .description('sign a fixture as its provider would and post it to a source')
    .argument('<provider>', 'stripe, generic, …')
    .argument('<fixture>', 'payment_intent.succeeded, …; a wrong name lists them')
    .option('--source <id>', 'the source to post to; else the first usable one of the provider')
    .option('--times <n>', 'how often', countArgument(1, 10_000), 1)
    .option('--concurrency <n>', 'requests at a time', countArgument(1, 100), 1)
    .option('--same-id', 'keep the ids of the first sending, so that all of them are one event')
    .option('--entity <id>', 'the entity it is about (a payment id), to send a history')
    .option('--set <path=value>', 'change the sample: data.object.amount=100; may be repeated', changeArgument)
    .option('--bad-signature', 'sign with a wrong secret: a refusal is expected')
    .option('--url <url>', 'post to this address instead of the ingress of the run', urlArgument)
    .addOption(
      new Option('--deadline <time>', 'how long to wait for an answer').argParser(waitArgument).default(15_000, '15s'),
    )
    .action((provider: string, fixture: string, options: Omit<SendOptions, 'provider' | 'fixture'>) =>
      launch(run, { ...options, provider, fixture }),
    );
  addExamples(command, [
    ['trunkline send stripe payment_intent.succeeded', 'one new event'],
    [
      'trunkline send stripe payment_intent.succeeded --times 50 --concurrency 10 --same-id',
      'fifty deliveries of one event',
    ],
    ['trunkline send stripe payment_intent.created --entity pi_1', 'the start of a history; go on with other fixtures'],
    ['trunkline send stripe payment_intent.succeeded --set data.object.amount=100', 'the sample with another amount'],
    ['trunkline send stripe payment_intent.succeeded --bad-signature', 'see a 401'],
  ]);
}

export async function run(options: SendOptions, context: CommandContext): Promise<ExitName> {
  const plan = await planSending(options, context);
  const progress = context.output.progress(`sending ${options.fixture}`);
  const answers: Answer[] = [];
  try {
    await eachWithLimit(
      { count: options.times, concurrency: options.concurrency, signal: context.signal },
      async (_index, signal) => {
        answers.push(await plan.sendOne(signal));
        progress.update(answers.length, options.times);
      },
    );
  } finally {
    progress.end();
  }
  const sending: Sending = {
    provider: plan.source.provider.name,
    fixture: options.fixture,
    sourceId: plan.source.settings.sourceId,
    url: plan.url,
    answers,
    eventIds: [...new Set(answers.flatMap((answer) => answer.eventIds ?? []))],
    latency: latencyOf(answers.map((answer) => answer.durationMs)),
  };
  context.output.result(sending, () => renderSending(sending, context.output.style));
  return answers.every((answer) => answer.status >= 200 && answer.status < 300) ? 'ok' : 'refused';
}

interface SendingPlan {
  readonly source: ProviderSource;
  readonly url: string;
  readonly sendOne: (signal: AbortSignal) => Promise<Answer>;
}

async function planSending(options: SendOptions, context: CommandContext): Promise<SendingPlan> {
  const provider = findProvider(options.provider);
  const { source, others } = pickSource(await openCatalog(context), {
    provider,
    sourceId: options.source,
    usableAtMs: context.clock(),
  });
  if (others > 0)
    context.output.note(
      `${others + 1} sources of ${provider.name}: taking ${source.settings.sourceId}; choose with --source`,
    );
  const fixture = readFixture(options);
  const path = `/hooks/${encodeURIComponent(source.settings.sourceId)}`;
  const hookUrl = options.url ?? `${context.settings.require('ingressUrl').replace(/\/+$/, '')}${path}`;
  // What the provider signs is the address it knows, which behind a proxy is not the one posted to.
  const publicUrl =
    source.settings.publicBaseUrl === undefined
      ? hookUrl
      : `${source.settings.publicBaseUrl.replace(/\/+$/, '')}${path}`;
  const changes = [...timesAhead(fixture, context.clock()), ...(options.set ?? [])];
  const unsigned = withChanges(requestOf(fixture, publicUrl), changes);
  const ids = fixtureIdsOf(source, { unsigned, freshIds: fixture.freshIds }, context.clock());
  const fresh = (): ReceivedRequest => withFreshIds(unsigned, ids, options.entity);
  const first = fresh();
  const signer = options.badSignature === true ? withWrongSecret(source) : source;
  return {
    source,
    url: hookUrl,
    async sendOne(signal) {
      const nowMs = context.clock();
      const signed = provider.sign(options.sameId === true ? first : fresh(), signer.settings, nowMs);
      // With the query that was signed: a proof may be in it, and ids that are new in every sending.
      const url = `${hookUrl}${queryOf(signed)}`;
      const answer = await postRequest(url, signed, { signal, deadlineMs: options.deadline });
      return answer.eventIds === undefined && answer.status < 300
        ? { ...answer, eventIds: eventIdsOf(source, signed, { nowMs, deliveryId: answer.deliveryId }) }
        : answer;
    },
  };
}

function queryOf({ target }: ReceivedRequest): string {
  const at = target.indexOf('?');
  return at === -1 ? '' : target.slice(at);
}

function readFixture(options: SendOptions): Fixture {
  const known = listFixtures(options.provider);
  if (!known.includes(options.fixture)) {
    throw new TrunklineError(
      'source_unknown',
      `${options.provider} has no fixture ${JSON.stringify(options.fixture)}; it has: ${known.join(', ')}`,
    );
  }
  return loadFixture(options.provider, options.fixture);
}

/** A secret of the right form that nobody configured. */
function withWrongSecret(source: ProviderSource): ProviderSource {
  return {
    ...source,
    settings: {
      ...source.settings,
      secrets: [new Secret(source.provider.secrets.generate(), { name: `wrong-${randomUUID()}` })],
    },
  };
}
