import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { TrunklineError } from '@trunkline/core';
import { z } from 'zod';

import { withIds } from './contract/request-ids.ts';
import type { ReceivedRequest } from './contract/request.ts';

export { withIds };

/** A realistic request of a provider, without its proof: `trunkline send` and the conformance suite sign it. */
export interface FixtureRequest {
  readonly method: string;
  /** With its question mark, or empty. */
  readonly query: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export interface Fixture {
  readonly provider: string;
  /** The provider's own name of the event; the file is named after it. */
  readonly event: string;
  readonly description: string;
  readonly receivedAtMs: number;
  /** The source this fixture is meant for, in the words of trunkline.yaml. */
  readonly account: string | undefined;
  readonly options: unknown;
  readonly request: FixtureRequest;
  /** Ids in the body, the query or a header that are new in every real delivery; `withFreshIds` replaces them. */
  readonly freshIds: readonly string[];
  /** Paths in the JSON body (`payload.start_time`) of times that are still to come: `trunkline send` keeps them so. */
  readonly ahead: readonly string[];
  /** The content of `<event>.events.json`; undefined while there is none. */
  readonly expected: unknown;
}

const requestFile = z.strictObject({
  description: z.string().min(1),
  receivedAt: z.iso.datetime(),
  account: z.string().optional(),
  options: z.unknown(),
  method: z.string().default('POST'),
  query: z.string().default(''),
  headers: z.array(z.tuple([z.string(), z.string()])),
  freshIds: z.array(z.string().min(8)).default([]),
  ahead: z.array(z.string().min(1)).default([]),
  /** The body as JSON, sent with an indent of two as Stripe does, or as text. */
  json: z.unknown().optional(),
  text: z.string().optional(),
});

/** The events a provider has fixtures for, sorted. */
export function listFixtures(provider: string): readonly string[] {
  const folder = folderOf(provider);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.request.json'));
  return files.map((file) => file.slice(0, -'.request.json'.length)).sort();
}

/** A fixture's name for a type of the provider: no file is named `orders/paid`, so it is `orders.paid`. */
export function fixtureNameOf(type: string): string {
  return type.replaceAll('/', '.');
}

/** Throws `config_invalid` with the names there are, when there is no such fixture. */
export function loadFixture(provider: string, event: string): Fixture {
  const known = listFixtures(provider);
  if (!known.includes(event)) {
    const names = known.length === 0 ? 'it has none' : `there are: ${known.join(', ')}`;
    throw new TrunklineError('config_invalid', `provider ${provider} has no fixture ${event}; ${names}`);
  }
  const { json, text, ...file } = requestFile.parse(readJson(new URL(`${event}.request.json`, folderOf(provider))));
  const expected = new URL(`${event}.events.json`, folderOf(provider));
  return {
    provider,
    event,
    description: file.description,
    receivedAtMs: Date.parse(file.receivedAt),
    account: file.account,
    options: file.options,
    request: {
      method: file.method,
      query: file.query,
      headers: file.headers,
      body: Buffer.from(text ?? (json === undefined ? '' : JSON.stringify(json, null, 2)), 'utf8'),
    },
    freshIds: file.freshIds,
    ahead: file.ahead,
    expected: existsSync(expected) ? readJson(expected) : undefined,
  };
}

/** The fixture with other event ids: the same story, told by a new event. The suffix is letters and digits. */
export function withFreshIds(fixture: Fixture, suffix: string): Fixture {
  const anywhere = new Map(fixture.freshIds.map((id) => [id, freshened(id, suffix)]));
  const { method, query, headers, body } = fixture.request;
  const fresh = withIds({ method, target: query, publicUrl: query, headers, body }, { anywhere });
  return { ...fixture, request: { method, query: fresh.target, headers: fresh.headers, body: fresh.body } };
}

/**
 * A number stays one, or the body that has it as a number would not be JSON any more; an id of two letters and 32
 * digits (Twilio) keeps its length, since a longer one is none.
 */
function freshened(id: string, suffix: string): string {
  const isNumber = /^[0-9]+$/.test(id);
  const isSid = /^[A-Z]{2}[0-9a-f]{32}$/.test(id);
  if (!isNumber && !isSid) return `${id}${suffix}`;
  const digits = [...suffix].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 100_000, 7);
  return `${isSid ? id.slice(0, -5) : id}${String(digits).padStart(5, '0')}`;
}

/** The fixture as a request to a webhook URL, still without its proof. */
export function requestOf(fixture: Fixture, url: string): ReceivedRequest {
  const { method, query, headers, body } = fixture.request;
  const target = `${new URL(url).pathname}${query}`;
  return { method, target, publicUrl: `${url}${query}`, headers, body };
}

/** From src/ and from dist/ alike: fixtures are data and stay in src/. */
function folderOf(provider: string): URL {
  if (!/^[a-z0-9_]+$/.test(provider))
    throw new TrunklineError('config_invalid', `"${provider}" is not the name of a provider`);
  return new URL(`../src/${provider}/fixtures/`, import.meta.url);
}

function readJson(file: URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
