/** The HTTP API of services/delivery, from its tables of routes and permissions: as an OpenAPI document, and as a page. */
import { join } from 'node:path';

import {
  type ApiFacts,
  commonProblems,
  openApiDocument,
  type ProblemCode,
  problems,
  problemsOf,
  type RouteFacts,
} from '@trunkline/http-api';

import type { Generator } from './generator.ts';
import { banner, code, page, table } from './markdown.ts';

const file = join(import.meta.dirname, '../../services/delivery/src/api/facts.ts');
// The service exports it under this name; its own tests read what comes of it.
const { deliveryApi } = (await import(file)) as { readonly deliveryApi: ApiFacts };

export const openApi: Generator = {
  name: 'openapi',
  files: () =>
    new Map([
      ['docs/openapi.json', `${JSON.stringify(openApiDocument(deliveryApi), undefined, 2)}\n`],
      ['docs/api.md', apiPage(deliveryApi)],
    ]),
};

function apiPage({ description, url, routes, permissions, scopes }: ApiFacts): string {
  return page(
    banner('services/delivery/src/api'),
    '# HTTP API',
    `${description} At \`${url}\` under \`npm start\`. [openapi.json](openapi.json) is the same for tools; [receive webhooks](how-to/receive-webhooks.md#by-the-api) begins with it.`,
    'Each request shows a key: `Authorization: Bearer trk_…`. A key is of one tenant, and what others have is not there for it (404). Bodies are `application/json`, at most 64 KiB, and have no member that is not named here.',
    '## Routes',
    table(
      ['route', 'does', 'scope', 'query', 'body', 'answer', 'problems of its own'],
      Object.entries(routes).map(([name, route]) => [
        code(name),
        [route.summary, route.description].filter((text) => text !== undefined).join('. '),
        // The table of permissions has each of them.
        code(permissions[name as keyof typeof permissions] ?? ''),
        members(route.query),
        members(route.body),
        String(route.status),
        ownProblems(route).map(code).join(' '),
      ]),
    ),
    'A `?` is after what may be left out. A POST that makes something takes an `Idempotency-Key`.',
    '## Scopes',
    table(
      ['scope', 'a key with it may'],
      Object.entries(scopes).map(([scope, what]) => [code(scope), what]),
    ),
    '## Problems',
    'Any other answer than the one of the route is `application/problem+json`: `code` is for programs, `detail` for people, `errors` says which member or parameter, `requestId` is in our log.',
    table(
      ['code', 'status', 'what'],
      Object.entries(problems).map(([name, { status, title }]) => [code(name), String(status), title]),
    ),
  );
}

function members(schema: RouteFacts['body']): string {
  return Object.entries(schema?.shape ?? {})
    .map(([name, part]) => `${code(name)}${(part as { isOptional(): boolean }).isOptional() ? '?' : ''}`) // a zod schema
    .join(' ');
}

/** Beside those that every route may answer with. */
function ownProblems(route: RouteFacts): readonly ProblemCode[] {
  return problemsOf(route).filter((name) => !commonProblems.includes(name));
}
