/** One line of a /metrics page. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const sampleLine = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?$/;
const labelPair = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const escapes: Readonly<Record<string, string>> = { n: '\n' };

/** Reads Prometheus' text format. What is no sample (comments, a line of another format) is passed over. */
export function parsePrometheusText(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = sampleLine.exec(line.trimEnd()) ?? [];
    if (name === undefined || value === undefined) return [];
    const number = numberOf(value);
    return number === undefined ? [] : [{ name, labels: labelsOf(labels), value: number }];
  });
}

/** What names a series: the same text for the same labels in any order. */
export function seriesOf({ name, labels }: Sample): string {
  return JSON.stringify([name, ...Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1))]);
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(labelPair)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll(/\\(.)/g, (_, character: string) => escapes[character] ?? character),
    ]),
  );
}

function numberOf(text: string): number | undefined {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  const value = Number(text);
  // NaN is a value there, and nothing that can be counted with.
  return Number.isNaN(value) ? undefined : value;
}
