import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { factsOf } from '@trunkline/cli';
import { providers } from '@trunkline/providers';
import { sourcesJsonSchema } from '@trunkline/sources';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const pageOf = (name: string): string => readFileSync(path.join(root, 'docs/providers', `${name}.md`), 'utf8');

/** Words in the form of a setting that are the providers' own: parameters of their APIs. */
const providersOwn: ReadonlySet<string> = new Set(['clientState']);

describe('the page of a provider', () => {
  it.for(providers)('names no setting that there is not: $name', ({ name }) => {
    const known = settingsOf(name);

    const named = wordsLikeSettings(pageOf(name));

    expect(named.filter((word) => !known.has(word) && !providersOwn.has(word))).toEqual([]);
  });

  it.for(providers)('says all that the scheme does not prove: $name', ({ name }) => {
    const { proof, notProven } = factsOf(providers.find((each) => each.name === name) ?? providers[0]);
    const page = pageOf(name).replaceAll('&lt;', '<');

    for (const sentence of notProven) expect(page).toContain(sentence);
    expect(page.includes('covers the whole body')).toBe(proof.body === 'all');
    expect(page.includes('the body, but not all of it')).toBe(proof.body === 'all_but');
  });
});

describe('the README', () => {
  it('counts the providers that there are', () => {
    const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

    expect(/\[(\d+) so far\]\(docs\/providers\/README\.md\)/.exec(readme)?.[1]).toBe(String(providers.length));
    expect(readdirSync(path.join(root, 'docs/providers'))).toHaveLength(providers.length + 1);
  });
});

const word = '[a-z]+[A-Z][A-Za-z]*';

/** Words such as `publicBaseUrl`: all in the part on setting it up, elsewhere those that the reader is told to set. */
function wordsLikeSettings(page: string): readonly string[] {
  const [, setUp = '', behind = ''] = /\n## Set it up\n([\s\S]*?)\n## Options\n([\s\S]*)$/.exec(page) ?? [];
  const told = new RegExp(`(?<=[Ss]et (?:the )?|\\{ ?|\\()${word}(?=[ :.,)])|(?<=\`)${word}(?=\`)`, 'g');
  const all = new RegExp(`(?<![\\w./-])${word}(?![\\w/])`, 'g');
  const [, , messages = ''] = /\n## Events\n(([\s\S]*?))\n## How a request is proven\n/.exec(behind) ?? [];
  const sentences = behind.replace(messages, '').replace(/\n## Fixtures\n[\s\S]*$/, '');
  return [...new Set([...(setUp.match(all) ?? []), ...(sentences.match(told) ?? [])])];
}

/** Every name of the entry of a provider in trunkline.yaml, at any depth. */
function settingsOf(provider: string): ReadonlySet<string> {
  const entry = nodesOf(sourcesJsonSchema()).find((node) => constAt(node, 'provider') === provider);
  return new Set(
    nodesOf(entry).flatMap((node) => (isRecord(node['properties']) ? Object.keys(node['properties']) : [])),
  );
}

function constAt(node: Readonly<Record<string, unknown>>, name: string): unknown {
  const member = isRecord(node['properties']) ? node['properties'][name] : undefined;
  return isRecord(member) ? member['const'] : undefined;
}

function nodesOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  return isRecord(value) ? [value, ...Object.values(value).flatMap(nodesOf)] : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
