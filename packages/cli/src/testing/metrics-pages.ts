/** What a process says at /metrics; only what matters to a case is given. */

interface SourceFacts {
  readonly source?: string;
  /** Answers by status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly rejections?: Readonly<Record<string, number>>;
}

/** Of the ingress: every answer took between 5 and 10 ms. */
export function ingressPage({ source = 'src_a', answers, rejections = {} }: SourceFacts): string {
  return [
    'target_info{service_name="ingress"} 1',
    'ingress_requests_in_flight 0',
    ...Object.entries(answers).flatMap(([status, count]) => histogram(`source="${source}",status="${status}"`, count)),
    ...Object.entries(rejections).map(
      ([step, count]) => `webhook_rejections_total{source="${source}",step="${step}"} ${count}`,
    ),
    '',
  ].join('\n');
}

/** Of a consumer: attempts by status, each between 5 and 10 ms. */
export function consumerPage(group: string, attempts: Readonly<Record<string, number>>, source = 'src_a'): string {
  return [
    `target_info{service_name="${group}"} 1`,
    ...Object.entries(attempts).flatMap(([status, count]) => [
      `webhooks_processed_total{source="${source}",status="${status}",event="x"} ${count}`,
      ...histogram(`source="${source}",status="${status}"`, count),
    ]),
    '',
  ].join('\n');
}

function histogram(labels: string, count: number): readonly string[] {
  const name = 'webhook_processing_seconds';
  return [
    `${name}_count{${labels}} ${count}`,
    `${name}_bucket{${labels},le="0.005"} 0`,
    `${name}_bucket{${labels},le="0.01"} ${count}`,
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
  ];
}
