import { describe, expect, it } from 'vitest';

import { mergeMetrics } from './merge-metrics.ts';

describe('the metrics of several processes', () => {
  it('are one page: each family described once, each series with its worker', () => {
    const page = (count: number): string =>
      [
        '# HELP target_info Target metadata',
        '# TYPE target_info gauge',
        'target_info{service_name="ingress"} 1',
        '# HELP open Open "connections" {now}',
        '# TYPE open gauge',
        `open ${count}`,
        'open{} 5',
        '',
      ].join('\n');

    const merged = mergeMetrics([
      { worker: '1', text: page(3) },
      { worker: '2', text: page(4) },
    ]);

    expect(merged.split('\n')).toEqual([
      '# HELP target_info Target metadata',
      '# TYPE target_info gauge',
      'target_info{worker="1",service_name="ingress"} 1',
      'target_info{worker="2",service_name="ingress"} 1',
      '',
      '# HELP open Open "connections" {now}',
      '# TYPE open gauge',
      'open{worker="1"} 3',
      'open{worker="1"} 5',
      'open{worker="2"} 4',
      'open{worker="2"} 5',
      '',
    ]);
  });

  it('hold what only one of them has', () => {
    const merged = mergeMetrics([
      { worker: '1', text: '# TYPE a counter\na 1' },
      { worker: '2', text: '# TYPE b counter\nb 2' },
    ]);

    expect(merged).toContain('# TYPE b counter\nb{worker="2"} 2');
  });
});
