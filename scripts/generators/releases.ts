import { createHash } from 'node:crypto';
import { appendFile, glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Topic } from '../../packages/events/src/catalogue.ts';
import { incompatibilities } from '../../packages/events/src/compatibility.ts';
import type { GeneratorInput, TopicSchema } from './generator.ts';

/**
 * schemas/released/<subject>/<n>.avsc holds every schema that records were ever written with. Files are only added:
 * SHA256SUMS names the digest of each, and test/compat fails when one changes.
 */
export const releasedFolder = 'schemas/released';
export const digestFile = `${releasedFolder}/SHA256SUMS`;

/** By subject, oldest first. Throws at a gap in the numbers. */
export async function readReleases(root: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const numbers = new Map<string, number[]>();
  for await (const path of glob('*/*.avsc', { cwd: join(root, releasedFolder) })) {
    const match = /^([^/\\]+)[/\\]([1-9][0-9]*)\.avsc$/.exec(path);
    if (match?.[1] === undefined) throw new Error(`${releasedFolder}/${path} is not <subject>/<number>.avsc`);
    numbers.set(match[1], [...(numbers.get(match[1]) ?? []), Number(match[2])]);
  }
  const releases = new Map<string, readonly string[]>();
  for (const [subject, found] of numbers) {
    const sorted = found.toSorted((a, b) => a - b);
    if (sorted.some((number, index) => number !== index + 1))
      throw new Error(`${releasedFolder}/${subject} has a gap in its numbers`);
    releases.set(
      subject,
      await Promise.all(sorted.map((number) => readFile(join(root, releasedPath(subject, number)), 'utf8'))),
    );
  }
  return releases;
}

/** Subjects whose schema is not the last one released. */
export function unreleasedSubjects(input: GeneratorInput): readonly string[] {
  return [...input.schemas.values()]
    .filter((schema) => input.releases.get(schema.subject)?.at(-1) !== releasedText(schema))
    .map((schema) => schema.subject);
}

export interface ReleaseOutcome {
  readonly released: readonly string[];
  readonly refusals: readonly string[];
}

/** Releases every changed schema, or none when one of them may not follow all that were released before it. */
export async function releaseChanged(root: string, schemas: ReadonlyMap<Topic, TopicSchema>): Promise<ReleaseOutcome> {
  const releases = await readReleases(root);
  const changed = unreleasedSubjects({ schemas, releases });
  const candidates = [...schemas.values()].filter((schema) => changed.includes(schema.subject));
  const refusals = candidates.flatMap((schema) =>
    (releases.get(schema.subject) ?? []).flatMap((older, index) =>
      incompatibilities(older, schema.text).map(
        (why) => `${schema.subject} may not follow its release ${index + 1}: ${why}`,
      ),
    ),
  );
  if (refusals.length > 0) return { released: [], refusals };
  const released: string[] = [];
  for (const schema of candidates) {
    const path = releasedPath(schema.subject, (releases.get(schema.subject)?.length ?? 0) + 1);
    await mkdir(join(root, releasedFolder, schema.subject), { recursive: true });
    // 'wx' refuses to overwrite: a release is final.
    await writeFile(join(root, path), releasedText(schema), { flag: 'wx' });
    await appendFile(
      join(root, digestFile),
      `${digestOf(releasedText(schema))}  ${path.slice(releasedFolder.length + 1)}\n`,
    );
    released.push(path);
  }
  return { released, refusals };
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function releasedPath(subject: string, number: number): string {
  return `${releasedFolder}/${subject}/${number}.avsc`;
}

/** Indented for people; the registered text is the same schema on one line. */
function releasedText(schema: TopicSchema): string {
  return `${JSON.stringify(schema.schema, null, 2)}\n`;
}
