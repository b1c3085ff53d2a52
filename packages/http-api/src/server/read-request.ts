import type { IncomingMessage } from 'node:http';

import type { z } from 'zod';

import { readBody } from '../body/read-body.ts';
import { Problem, type ProblemPlace } from '../problems.ts';
import type { RouteFacts } from '../route.ts';
import { isKeepable } from '../text.ts';

/** What the schemas of a route make of a request. */
export interface ReadRequest {
  readonly path: Record<string, string>;
  readonly query: Record<string, unknown>;
  readonly body: Record<string, unknown>;
  /** The body before the schema: without what it adds. Undefined where the route takes none. */
  readonly sent: unknown;
}

/** Reads what a route wants to know, by its schemas. Throws a problem that names each mistake and no value. */
export async function readRequest(
  request: IncomingMessage,
  given: { readonly path: Readonly<Record<string, string>>; readonly query: URLSearchParams },
  route: RouteFacts,
): Promise<ReadRequest> {
  const path = route.path?.safeParse(given.path);
  // An id of another form is the id of nothing.
  if (path?.success === false) throw new Problem('not_found', 'the path has no id of such a thing');
  const query = route.query === undefined ? {} : checked(queryOf(given.query), route.query, 'query');
  const sent = route.body === undefined ? undefined : await readBody(request);
  const body = route.body === undefined ? {} : checked(sent, route.body, 'body');
  // Members of a path are strings: `RouteFacts` says so of its schema.
  return { path: (path?.data ?? {}) as Record<string, string>, query, body, sent };
}

function queryOf(parameters: URLSearchParams): Record<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (query.has(name)) throw new Problem('request_malformed', 'the query names a parameter twice');
    if (!isKeepable(value)) throw new Problem('request_malformed', 'a parameter of the query has a zero byte');
    query.set(name, value);
  }
  return Object.fromEntries(query);
}

function checked(value: unknown, schema: z.ZodObject, place: 'query' | 'body'): Record<string, unknown> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new Problem('invalid', `the ${place} cannot be: see \`errors\``, {
    places: read.error.issues.slice(0, mostPlaces).flatMap((issue) => placesOf(issue, place)),
  });
}

const mostPlaces = 20;
const mostCharacters = 100;

function placesOf(issue: z.core.$ZodIssue, place: 'query' | 'body'): readonly ProblemPlace[] {
  const at = (names: readonly PropertyKey[]): string =>
    (place === 'query' ? names.map(String).join('.') : names.map((name) => `/${pointer(String(name))}`).join('')).slice(
      0,
      mostCharacters,
    );
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .slice(0, mostPlaces)
      .map((key) => ({ in: place, at: at([...issue.path, key]), message: 'unknown' }));
  return [{ in: place, at: at(issue.path), message: issue.message }];
}

/** RFC 6901. */
function pointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
