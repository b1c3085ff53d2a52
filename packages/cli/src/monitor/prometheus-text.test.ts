import { describe, expect, it } from 'vitest';

import { parsePrometheusText, seriesOf } from './prometheus-text.ts';

describe("Prometheus' text", () => {
  it('is read sample by sample, with labels, times and infinities; comments are passed over', () => {
    const samples = parsePrometheusText(
      [
        '# HELP webhooks_received_total Events accepted',
        '# TYPE webhooks_received_total counter',
        'webhooks_received_total{source="src_a",event="a.b.c"} 3',
        'up 1 1700000000000',
        'seconds_bucket{le="+Inf"} +Inf',
        'empty{} 2\r',
        '',
      ].join('\n'),
    );

    expect(samples).toEqual([
      { name: 'webhooks_received_total', labels: { source: 'src_a', event: 'a.b.c' }, value: 3 },
      { name: 'up', labels: {}, value: 1 },
      { name: 'seconds_bucket', labels: { le: '+Inf' }, value: Infinity },
      { name: 'empty', labels: {}, value: 2 },
    ]);
  });

  it.each([
    ['a quote and a brace', 'a{b="x\\"}y"} 1', 'x"}y'],
    ['a backslash', 'a{b="x\\\\n"} 1', 'x\\n'],
    ['a line end', 'a{b="x\\ny"} 1', 'x\ny'],
    ['a comma', 'a{b="x,c=1"} 1', 'x,c=1'],
  ])('keeps %s in the value of a label', (_, line, value) => {
    expect(parsePrometheusText(line)).toEqual([{ name: 'a', labels: { b: value }, value: 1 }]);
  });

  it.each(['<html>', 'a{b="c"}', 'a NaN', 'a b', '{} 1'])('passes over what is no number of a series: %s', (line) => {
    expect(parsePrometheusText(line)).toEqual([]);
  });

  it('has the same series for the same labels in any order', () => {
    const [one, other, third] = parsePrometheusText('a{b="1",c="2"} 1\na{c="2",b="1"} 2\na{b="2",c="1"} 3');

    expect(one && seriesOf(one)).toBe(other && seriesOf(other));
    expect(one && seriesOf(one)).not.toBe(third && seriesOf(third));
  });
});
