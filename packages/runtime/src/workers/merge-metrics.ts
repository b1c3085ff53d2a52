/** What one worker says in Prometheus' text format. */
export interface WorkerMetrics {
  readonly worker: string;
  readonly text: string;
}

interface Family {
  readonly comments: string[];
  readonly samples: string[];
}

/**
 * One page out of the pages of several processes: each series says whose it is by the label `worker`, so that a worker
 * that was replaced is a counter that was reset, which every query knows how to read. Sums are left to the reader.
 */
export function mergeMetrics(pages: readonly WorkerMetrics[]): string {
  const families = new Map<string, Family>();
  for (const { worker, text } of pages) {
    let family: Family = { comments: [], samples: [] };
    const told = new Set<string>();
    for (const line of text.split('\n')) {
      const named = /^# (?:HELP|TYPE|UNIT) (\S+)/.exec(line)?.[1];
      if (named !== undefined) {
        const known = families.get(named);
        // The first page that has a family describes it; Prometheus takes no second description.
        if (known === undefined) told.add(named);
        family = known ?? { comments: [], samples: [] };
        families.set(named, family);
        if (told.has(named)) family.comments.push(line);
      } else if (line !== '' && !line.startsWith('#')) family.samples.push(labelled(line, worker));
    }
  }
  return [...families.values()].flatMap(({ comments, samples }) => [...comments, ...samples, '']).join('\n');
}

/** `name{a="b"} 1` and `name 1` with the label. */
function labelled(sample: string, worker: string): string {
  const [, name = '', rest = ''] = /^([^\s{]+)(.*)$/.exec(sample) ?? [];
  const label = `worker="${worker}"`;
  if (!rest.startsWith('{')) return `${name}{${label}}${rest}`;
  return rest.startsWith('{}') ? `${name}{${label}}${rest.slice(2)}` : `${name}{${label},${rest.slice(1)}`;
}
