/** What `npm start` ends on: what runs where, where webhooks go, and what to type next. */
import type { Stack } from '@trunkline/stack';

export interface ScreenFacts {
  readonly stack: Stack;
  readonly ingressUrl: string;
  readonly services: readonly {
    readonly name: string;
    readonly pid: number;
    readonly url: string;
    /** Of its HTTP API, where it has one. */
    readonly apiUrl?: string | undefined;
  }[];
  readonly sources: readonly { readonly sourceId: string; readonly provider: string; readonly tenantId: string }[];
  readonly seconds: number;
  /** Of everything that was started, where the system says. */
  readonly memoryBytes: number | undefined;
}

export function startScreen(facts: ScreenFacts): string {
  const { stack, ingressUrl } = facts;
  const { endpoints } = stack;
  const rows: readonly (readonly [string, string, string])[] = [
    ...facts.services.flatMap(({ name, url, apiUrl, pid }) => [
      [name, url, `pid ${pid}`] as const,
      ...(apiUrl === undefined ? [] : [[`${name} (API)`, apiUrl, ''] as const]),
    ]),
    ['Kafka', endpoints.kafkaBrokers, pidOf(stack, 'kafka')],
    ['schema registry', endpoints.registryUrl, pidOf(stack, 'registry')],
    ['PostgreSQL', hostOf(endpoints.postgresAdminUrl), pidOf(stack, 'postgres')],
    ['Redis', hostOf(endpoints.redisUrl), pidOf(stack, 'redis')],
    ['Zipkin', `${endpoints.zipkinUrl}/zipkin/`, pidOf(stack, 'zipkin')],
  ];
  const hooks = facts.sources.map(
    (source) => [`${source.provider} (${source.tenantId})`, `${ingressUrl}/hooks/${source.sourceId}`, ''] as const,
  );
  return [
    '',
    `Trunkline is ready (${facts.seconds.toFixed(1)} s, ${stack.kind} stack${memoryText(facts.memoryBytes)}).`,
    '',
    ...table(rows),
    '',
    'Webhooks go to',
    ...table(hooks),
    '',
    'Next, in another terminal:',
    '  npx trunkline send stripe payment_intent.succeeded',
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

function memoryText(bytes: number | undefined): string {
  return bytes === undefined ? '' : `, ${(bytes / 1e9).toFixed(1)} GB of memory in all`;
}

function table(rows: readonly (readonly [string, string, string])[]): readonly string[] {
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row[0].padEnd(widths[0] ?? 0)}  ${row[1].padEnd(widths[1] ?? 0)}  ${row[2]}`.trimEnd());
}

/** A stack that somebody else runs has no processes of ours. */
function pidOf(stack: Stack, part: Parameters<Stack['part']>[0]): string {
  if (stack.kind === 'env') return '';
  const { pid } = stack.part(part);
  return pid === undefined ? '' : `pid ${pid}`;
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}
