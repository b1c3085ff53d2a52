import type { ReceivedRequest } from '@trunkline/providers';
import { singleHeader } from '@trunkline/providers';

import type { Attempt, Mistake, RefusedCase } from './mistake.ts';
import { queryVariants } from './query.ts';

interface UrlParts {
  readonly scheme: string;
  readonly host: string;
  /** With its colon, or empty. */
  readonly port: string;
  readonly path: string;
  /** Without its question mark; undefined without one. */
  readonly query: string | undefined;
}

/** One change of one part. */
interface Change {
  readonly part: keyof UrlParts;
  readonly words: string;
  readonly value: string | undefined;
}

/** The address that was signed is not the one the request seems to have come to: a proxy, a tunnel, a trailing slash. */
export const publicUrl: Mistake = {
  name: 'public_url',
  action:
    'set `publicBaseUrl` of the source, or name the proxies in TRUNKLINE_TRUSTED_PROXIES (of several, the outermost counts)',
  steps: ['signature_mismatch'],
  *attempts(refused): Iterable<Attempt> {
    const parts = refused.coverage.url ? partsOf(refused.request.publicUrl) : undefined;
    if (parts === undefined) return;
    const changes = changesOf(parts, refused);
    for (const first of changes) yield attemptOf(refused, parts, [first]);
    for (const [index, first] of changes.entries()) {
      for (const second of changes.slice(index + 1)) {
        if (first.part !== second.part) yield attemptOf(refused, parts, [first, second]);
      }
    }
    yield* threeChanges(refused, parts, changes);
  },
};

/** A tunnel or a proxy changes the scheme and two things more; three of any kind would be too many to try. */
function* threeChanges(refused: RefusedCase, parts: UrlParts, changes: readonly Change[]): Iterable<Attempt> {
  const [scheme, ...others] = changes; // changesOf begins with the scheme, of which there are only two.
  if (scheme === undefined) return;
  for (const [index, second] of others.entries()) {
    for (const third of others.slice(index + 1)) {
      if (second.part !== third.part) yield attemptOf(refused, parts, [scheme, second, third]);
    }
  }
}

function changesOf(parts: UrlParts, { request }: RefusedCase): readonly Change[] {
  const otherScheme = parts.scheme.toLowerCase() === 'https' ? 'http' : 'https';
  const { path } = parts;
  const withSlash = path.endsWith('/') ? path.slice(0, -1) : `${path}/`;
  return [
    { part: 'scheme', words: `${otherScheme} instead of ${parts.scheme}`, value: otherScheme },
    ...portChanges(parts),
    { part: 'path', words: path.endsWith('/') ? 'no trailing slash' : 'a trailing slash', value: withSlash },
    ...hostChanges(parts, request),
    ...queryVariants(parts.query).map(({ words, query }): Change => ({ part: 'query', words, value: query })),
  ];
}

function portChanges({ port }: UrlParts): readonly Change[] {
  return ['', ':443', ':80', ':8443', ':8080']
    .filter((other) => other !== port)
    .map((other) => ({ part: 'port', words: other === '' ? 'no port' : `the port ${other.slice(1)}`, value: other }));
}

/** The host as the headers have it: what a proxy was asked for. */
function hostChanges({ host }: UrlParts, request: ReceivedRequest): readonly Change[] {
  const named = ['x-forwarded-host', 'x-original-host', 'host'].flatMap((header) => {
    const value = (singleHeader(request, header) ?? '').split(',')[0]?.trim().replace(/:\d+$/, '') ?? '';
    return /^[A-Za-z0-9.-]+$/.test(value) && value !== host ? [{ header, value }] : [];
  });
  return named.map(({ header, value }) => ({ part: 'host', words: `the host of ${header}`, value }));
}

function attemptOf({ request }: RefusedCase, parts: UrlParts, changes: readonly Change[]): Attempt {
  const changed = changes.reduce<UrlParts>((url, { part, value }) => ({ ...url, [part]: value }), parts);
  const target = `${changed.path}${changed.query === undefined ? '' : `?${changed.query}`}`;
  const origin = `${changed.scheme}://${changed.host}${changed.port}`;
  return {
    would: `the public URL had ${changes.map(({ words }) => words).join(' and ')}: ${origin}${changed.path}${changed.query === undefined ? '' : '?…'}`,
    request: { ...request, target, publicUrl: `${origin}${target}` },
  };
}

/** By hand: an URL object would escape what the provider signed as it was. */
function partsOf(url: string): UrlParts | undefined {
  const match = /^(https?):\/\/([^/?#:]+|\[[^\]]*\])(:\d+)?([^?#]*)(?:\?([^#]*))?/i.exec(url);
  if (match === null) return undefined;
  const [, scheme = '', host = '', port = '', path = '', query] = match;
  return { scheme, host, port, path, query };
}
