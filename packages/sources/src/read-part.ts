import { resolve } from 'node:path';

import { createPartChecker, emptyFile, type PartChecker } from './entries.ts';
import { envelopeSchema } from './envelope.ts';
import type { Problem } from './problem.ts';
import type { YamlDocument } from './yaml-document.ts';
import { located, readYamlFile } from './yaml-file.ts';

/** A part of the sources file that is read by itself: what its check made of it, or every mistake in it. */
export type PartReading<Checked> =
  | { readonly file: string; readonly problems: readonly Problem[] }
  | {
      readonly file: string;
      readonly problems?: undefined;
      readonly document: YamlDocument;
      readonly checked: Checked;
    };

/** Never throws over what is in the file, or over its absence. */
export async function readPart<Checked>(
  path: string,
  check: (document: unknown, parts: PartChecker) => Checked,
): Promise<PartReading<Checked>> {
  const file = resolve(path);
  const { document, problems } = await readYamlFile(file);
  if (document === undefined) return { file, problems };
  const parts = createPartChecker();
  if (document.value === null || document.value === undefined) parts.findings.push(emptyFile);
  else parts.check(envelopeSchema, document.value, []);
  const checked = check(document.value, parts);
  const all = located(document, parts.findings, problems);
  return all.length > 0 ? { file, problems: all } : { file, document, checked };
}
