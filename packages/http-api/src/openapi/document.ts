import { z } from 'zod';

import { apiLimits } from '../limits.ts';
import { type ProblemCode, problems } from '../problems.ts';
import type { Permissions, RouteFacts } from '../route.ts';
import { createComponents } from './components.ts';

/** What an OpenAPI document is made of: the tables that the API itself runs by. */
export interface ApiFacts {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** Under `npm start`. */
  readonly url: string;
  readonly routes: Readonly<Record<string, RouteFacts>>;
  readonly permissions: Permissions;
  /** What its paths begin with, and what stands there. */
  readonly tags: Readonly<Record<string, string>>;
  /** What each scope lets a key do. */
  readonly scopes: Readonly<Record<string, string>>;
}

/** What any route may be answered. */
export const commonProblems: readonly ProblemCode[] = [
  'unauthorized',
  'forbidden',
  'invalid',
  'rate_limited',
  'internal',
  'unavailable',
];
const bodyProblems: readonly ProblemCode[] = ['request_malformed', 'body_too_large', 'content_type_unsupported'];

/** The codes of a route, by their statuses. */
export function problemsOf(route: RouteFacts): readonly ProblemCode[] {
  const codes = [
    ...commonProblems,
    ...(route.body === undefined ? [] : bodyProblems),
    ...(route.path === undefined ? [] : (['not_found'] as const)),
    ...(route.isNamed === true ? (['idempotency_mismatch', 'conflict', 'request_malformed'] as const) : []),
    ...route.problems,
  ];
  return [...new Set(codes)].toSorted((a, b) => problems[a].status - problems[b].status);
}

/** The document, OpenAPI 3.1: from the schemas that requests are read by. */
export function openApiDocument({ routes, permissions, ...facts }: ApiFacts): object {
  const components = createComponents();
  components.add('Problem', problemSchema);
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, route] of Object.entries(routes)) {
    const [method = '', path = ''] = name.split(' ');
    // The permission of each route is there: the table is of its names.
    const scope = permissions[name as keyof Permissions] ?? '';
    (paths[path] ??= {})[method.toLowerCase()] = operationOf({ method, path, scope, route }, components);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: facts.title,
      version: facts.version,
      description: facts.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: facts.url, description: 'under `npm start`' }],
    security: [{ key: [] }],
    tags: [...new Set(Object.keys(paths).map(tagOf))].map((name) => ({ name, description: facts.tags[name] })),
    paths,
    components: {
      schemas: components.all(),
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'trk_…',
          description: `A key of one tenant, made by \`trunkline api-keys create\`. Its scopes: ${Object.entries(
            facts.scopes,
          )
            .map(([scope, what]) => `\`${scope}\` (${what})`)
            .join(', ')}.`,
        },
      },
    },
  };
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly scope: string;
  readonly route: RouteFacts;
}

function operationOf(
  { method, path, scope, route }: Operation,
  components: ReturnType<typeof createComponents>,
): object {
  const { summary, description, body, answer, status } = route;
  return {
    operationId: operationId(method, path),
    summary,
    description: [`Needs \`${scope}\`.`, ...(description === undefined ? [] : [description])].join(' '),
    tags: [tagOf(path)],
    'x-scope': scope,
    parameters: [
      ...parametersOf('path', route.path, components),
      ...parametersOf('query', route.query, components),
      ...(route.isNamed === true ? [idempotencyParameter] : []),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.safeParse({}).success,
            content: { 'application/json': { schema: components.schemaOf(body, 'input') } },
          },
        }),
    responses: {
      [status]: {
        description: 'done',
        headers: { 'trunkline-request-id': requestIdHeader },
        ...(answer === undefined
          ? {}
          : { content: { 'application/json': { schema: components.schemaOf(answer, 'output') } } }),
      },
      ...Object.fromEntries(
        [...Map.groupBy(problemsOf(route), (code) => problems[code].status)].map(([of, codes]) => [
          of,
          problemResponse(codes),
        ]),
      ),
    },
  };
}

function problemResponse(codes: readonly ProblemCode[]): object {
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('. '),
    headers: { 'trunkline-request-id': requestIdHeader },
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

/** `endpoints` of `/v1/endpoints/{endpointId}`. */
function tagOf(path: string): string {
  return path.split('/')[2] ?? '';
}

/** `getEndpoints`, `postEndpointsByEndpointIdEnable`: of method and path, so that it changes only with them. */
function operationId(method: string, path: string): string {
  const words = path
    .split('/')
    .slice(2)
    .flatMap((word) => (word.startsWith('{') ? ['by', word.slice(1, -1)] : word.split(/[-.]/)));
  return `${method.toLowerCase()}${words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('')}`;
}

function parametersOf(
  place: 'path' | 'query',
  schema: z.ZodObject | undefined,
  components: ReturnType<typeof createComponents>,
): readonly object[] {
  const parts: Readonly<Record<string, z.ZodType>> = schema?.shape ?? {};
  return Object.entries(parts).map(([name, part]) => {
    const { description, ...rest } = components.schemaOf(part, 'input');
    return {
      name,
      in: place,
      required: place === 'path',
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

const idempotencyParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: `Names the request, a UUID: repeated with the same key within ${apiLimits.idempotencyMs / 3_600_000} hours it is answered the same and not done again.`,
  schema: { type: 'string', minLength: 1, maxLength: apiLimits.idempotencyCharacters },
};

const requestIdHeader = {
  description: 'Of this request, as our log has it.',
  schema: { type: 'string', format: 'uuid' },
};

const problemSchema = z
  .object({
    type: z.string().describe('`urn:trunkline:problem:` and the code'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('for people: what is wrong, and the fix'),
    code: z.enum(Object.keys(problems)).describe('what programs go by'),
    requestId: z.string(),
    errors: z
      .array(
        z.object({
          in: z.enum(['body', 'query', 'header']),
          at: z.string().describe('a JSON Pointer into the body, or the name of a parameter'),
          message: z.string(),
        }),
      )
      .optional(),
  })
  .describe('A problem after RFC 9457.');
