import { classify } from '@trunkline/core';
import type { ServiceAddress } from '@trunkline/operations';
import { getAnswer, type GetOptions, reasonOf } from '@trunkline/operations/http';

import { parsePrometheusText, type Sample, seriesOf } from './prometheus-text.ts';
import type { ProcessSamples } from './summary.ts';

/** What a process answered at one time. */
export interface Scrape extends ServiceAddress {
  /** Undefined when it did not answer; `reason` says why. */
  readonly process: ProcessSamples | undefined;
  readonly reason: string | undefined;
}

/** Longer than a round: a busy process is late, not away. */
const scrapeDeadlineMs = 2_500;

/** Asks every process at the same time. */
export async function scrapeAll(
  addresses: readonly ServiceAddress[],
  options: Omit<GetOptions, 'deadlineMs'>,
): Promise<readonly Scrape[]> {
  return await Promise.all(addresses.map((address) => scrape(address, options)));
}

async function scrape(address: ServiceAddress, options: Omit<GetOptions, 'deadlineMs'>): Promise<Scrape> {
  try {
    const { status, text } = await getAnswer(address.name, `${address.url}/metrics`, {
      ...options,
      deadlineMs: scrapeDeadlineMs,
    });
    if (status !== 200) return { ...address, process: undefined, reason: refusalOf(status) };
    const samples = parsePrometheusText(text);
    const group = groupOf(samples, address.name);
    return { ...address, name: group ?? address.name, process: { group, samples }, reason: undefined };
  } catch (thrown) {
    options.signal.throwIfAborted();
    const error = classify(thrown);
    // The message names the process once more.
    const reason = error.cause === undefined ? error.message : reasonOf(error.cause);
    return { ...address, process: undefined, reason };
  }
}

function refusalOf(status: number): string {
  if (status === 401) return 'wants the token of its operators: set TRUNKLINE_OPERATOR_TOKEN';
  if (status === 404) return 'has no /metrics there: give its port for operators (--ingress-operator-url)';
  return `/metrics answers ${status}`;
}

/**
 * The group whose process this is; undefined for an ingress, which alone has a gauge of requests. A consumer names its
 * group with each attempt, and before the first one its service is called like its group.
 */
function groupOf(samples: readonly Sample[], fallback: string): string | undefined {
  if (samples.some(({ name }) => name === 'ingress_requests_in_flight')) return undefined;
  const named = samples.find(({ labels }) => labels['messaging_consumer_group_name'] !== undefined);
  const service = samples.find(({ name }) => name === 'target_info')?.labels['service_name'];
  return named?.labels['messaging_consumer_group_name'] ?? service ?? fallback;
}

/**
 * What was added since an earlier scrape of the same processes. One that was not there then has added nothing; one that
 * was started anew since has added all that it counts.
 */
export function increases(before: readonly Scrape[], now: readonly Scrape[]): readonly ProcessSamples[] {
  return now.flatMap(({ url, process }) => {
    const earlier = before.find((scrape) => scrape.url === url)?.process;
    if (process === undefined || earlier === undefined) return [];
    const values = new Map(earlier.samples.map((sample) => [seriesOf(sample), sample.value]));
    const samples = process.samples.map((sample) => {
      const was = values.get(seriesOf(sample)) ?? 0;
      return { ...sample, value: sample.value >= was ? sample.value - was : sample.value };
    });
    return [{ group: process.group, samples }];
  });
}
