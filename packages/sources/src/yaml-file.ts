import { type Finding, type Problem, renderPath } from './problem.ts';
import { readTextFile } from './read-file.ts';
import { readYaml, type YamlDocument } from './yaml-document.ts';

/** 3,000 sources of 300 bytes. */
export const maxSourcesFileBytes: number = 1024 * 1024;

/** A document, perhaps with mistakes in its form beside which others can be found; or only why there is none. */
export type YamlFile =
  | { readonly document: YamlDocument; readonly problems: readonly Problem[] }
  | { readonly document?: undefined; readonly problems: readonly Problem[] };

export async function readYamlFile(file: string): Promise<YamlFile> {
  const read = await readTextFile(file, maxSourcesFileBytes);
  if (!read.ok) return { problems: [unreadable(read.flaw)] };
  const { document, problems } = readYaml(read.text);
  return document === undefined ? { problems: inFileOrder(problems) } : { document, problems };
}

/** Findings with their lines, in the order in which somebody who mends the file meets them. */
export function located(
  document: YamlDocument,
  findings: readonly Finding[],
  others: readonly Problem[] = [],
): readonly Problem[] {
  return inFileOrder([...others, ...findings.map((finding) => locate(document, finding))]);
}

function unreadable(flaw: string): Problem {
  return {
    line: 1,
    column: 1,
    path: '',
    message: `the file ${flaw}`,
    fix: 'check its path; the repository has a sample trunkline.yaml',
  };
}

function locate(document: YamlDocument, { path, at, message, fix }: Finding): Problem {
  return { ...document.locate(path, at), path: renderPath(path), message, fix };
}

function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
