import { TrunklineError } from '@trunkline/core';
import { type AddressGuard, createAddressGuard, explainDenial, isDenial } from '@trunkline/http-client/address-guard';
import { type Format, formatNames, isFormat } from '@trunkline/payload';

import { readFilter } from '../filters/read-filter.ts';
import { endpointLimits } from '../limits.ts';
import { type EndpointOrdering, exhaustions, type OnExhausted, orderings } from '../ordering.ts';
import { readSchedule } from '../schedules.ts';
import { readTypePatterns } from '../type-patterns.ts';

/** What people say of an endpoint, as they write it; each may be changed later. */
export interface EndpointSettings {
  readonly url: string;
  readonly description: string;
  readonly types: readonly string[];
  /** Which of them, in CEL; empty: all. */
  readonly filter: string;
  readonly format: string;
  /** A name or a list of seconds. */
  readonly schedule: string;
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  readonly ordering: string;
  /** Behind a message that is given up; `hold` only where there is an order. */
  readonly onExhausted: string;
}

/** Some of them. */
export type SomeSettings = { readonly [Name in keyof EndpointSettings]?: EndpointSettings[Name] | undefined };

/** The same as it is kept. */
export interface CheckedSettings extends Omit<EndpointSettings, 'format' | 'schedule' | 'ordering' | 'onExhausted'> {
  readonly format: Format;
  readonly ordering: EndpointOrdering;
  readonly onExhausted: OnExhausted;
  /** Seconds before each attempt. */
  readonly schedule: readonly number[];
}

/** Those that are not given; `url` and `types` have to be. */
export const defaultSettings: Omit<EndpointSettings, 'url' | 'types'> = {
  description: '',
  filter: '',
  format: 'standard',
  schedule: 'standard',
  timeoutMs: endpointLimits.timeoutMs,
  maxInFlight: endpointLimits.maxInFlight,
  ordering: 'none',
  onExhausted: 'continue',
};

/**
 * For whoever does not know which networks the service may call: refuses what it calls in none.
 * Which address a name has, and whether it may be called, is judged at each request.
 */
const guardOfAnyNetwork = createAddressGuard({ allow: [{ network: '0.0.0.0/0' }, { network: '::/0' }] });

/** Throws `config_invalid` for what cannot be an endpoint, naming the part of it. */
export function checkedSettings(given: EndpointSettings, guard: AddressGuard = guardOfAnyNetwork): CheckedSettings {
  const { description, timeoutMs, maxInFlight } = given;
  if (description.length > endpointLimits.descriptionCharacters)
    throw invalid(`a description has at most ${endpointLimits.descriptionCharacters} characters`);
  if (timeoutMs < endpointLimits.leastTimeoutMs || timeoutMs > endpointLimits.mostTimeoutMs)
    throw invalid(
      `a receiver is waited for ${endpointLimits.leastTimeoutMs / 1_000} to ${endpointLimits.mostTimeoutMs / 1_000} seconds`,
    );
  if (maxInFlight < 1 || maxInFlight > endpointLimits.mostInFlight)
    throw invalid(`1 to ${endpointLimits.mostInFlight} requests may be under way to an endpoint`);
  const ordering = listed('ordering', given.ordering, orderings);
  const onExhausted = listed('onExhausted', given.onExhausted, exhaustions);
  if (ordering === 'none' && onExhausted === 'hold')
    throw invalid('what has no order holds nothing up: ordering is key or endpoint, or onExhausted is continue');
  const types = readTypePatterns(given.types);
  return {
    url: checkedUrl(given.url, guard),
    description,
    types,
    filter: readFilter(given.filter, types),
    format: checkedFormat(given.format),
    schedule: readSchedule(given.schedule),
    timeoutMs,
    maxInFlight,
    ordering,
    onExhausted,
  };
}

/** An early word to whoever sets it, and no protection: where it leads is judged at each request. */
function checkedUrl(text: string, guard: AddressGuard): string {
  const judged = guard.judgeUrl(text);
  if (isDenial(judged)) throw invalid(`this URL is never posted to: ${explainDenial(judged)}`);
  const { url } = judged;
  url.hash = '';
  // As it is kept, which is what the next change is judged by: what is not ASCII takes three characters for a byte.
  if (url.href.length > endpointLimits.urlCharacters)
    throw invalid(`a URL has at most ${endpointLimits.urlCharacters} characters as it is sent (%C3%A9 are six)`);
  return url.href;
}

function checkedFormat(text: string): Format {
  if (isFormat(text)) return text;
  throw invalid(`${JSON.stringify(text)} is no format: there is ${formatNames.join(', ')}`);
}

function listed<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw invalid(`${name} is ${allowed.join(', ')}, not ${JSON.stringify(text)}`);
}

export const settingNames: readonly (keyof EndpointSettings)[] = [
  'url',
  'description',
  'types',
  'filter',
  'format',
  'schedule',
  'timeoutMs',
  'maxInFlight',
  'ordering',
  'onExhausted',
];

/** Without those that are undefined, which would cover what they are put over. */
export function givenSettings(given: SomeSettings): Partial<EndpointSettings> {
  // Of each name its own value.
  return Object.fromEntries(
    settingNames.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  ) as Partial<EndpointSettings>;
}

function invalid(problem: string): TrunklineError {
  return new TrunklineError('config_invalid', problem);
}
