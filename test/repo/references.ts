import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What a page or a comment points at and is not there. */
export interface StaleReference {
  readonly line: number;
  readonly reference: string;
}

export interface Repository {
  readonly root: string;
  /** Every file of the repository, relative to the root. */
  readonly files: readonly string[];
}

/** What is asked of the repository again and again, looked up once. */
export interface KnownPlaces extends Repository {
  /** Files and their folders. */
  readonly paths: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  readonly headingsOf: (page: string) => readonly string[];
}

export function placesOf({ root, files }: Repository): KnownPlaces {
  const paths = new Set(files);
  for (const file of files)
    for (let folder = dirname(file); !paths.has(folder); folder = dirname(folder)) paths.add(folder);
  const headings = new Map<string, readonly string[]>();
  return {
    root,
    files,
    paths,
    names: new Set(files.map((file) => basename(file))),
    headingsOf(page) {
      const known = headings.get(page) ?? readHeadings(join(root, page));
      headings.set(page, known);
      return known;
    },
  };
}

/** Finds what a file's prose (a page whole, of code the comments) points at in vain. */
export function staleReferences(file: string, repository: KnownPlaces): readonly StaleReference[] {
  const text = readFileSync(join(repository.root, file), 'utf8');
  const finder = createFinder(file, repository);
  return proseOf(file, text).flatMap(({ line, prose }, index, lines) => {
    const next = lines[index + 1];
    // A page's name at the end of a line may have its heading on the next one.
    const whole = next?.line === line + 1 && /\.md,?$/.test(prose) ? `${prose} ${bare(next.prose)}` : prose;
    return finder.staleIn(whole).map((reference) => ({ line, reference }));
  });
}

function bare(comment: string): string {
  return comment.replace(/^\s*(?:\*|\/\/|--|#)?\s*/, '');
}

interface ProseLine {
  readonly line: number;
  readonly prose: string;
}

/** The lines of a page, or those of code that are comments. */
function proseOf(file: string, text: string): readonly ProseLine[] {
  const lines = text.split('\n');
  if (file.endsWith('.md')) return lines.map((prose, index) => ({ line: index + 1, prose }));
  let inBlock = false;
  const prose = lines.map((line) => {
    if (/^\s*\/\*/.test(line)) inBlock = true;
    const comment = inBlock ? line : (commentOf(file, line) ?? '');
    if (line.includes('*/')) inBlock = false;
    return comment;
  });
  return prose.flatMap((comment, index) => (comment === '' ? [] : [{ line: index + 1, prose: comment }]));
}

const lineComments: Readonly<Record<string, RegExp>> = {
  ts: /(?:^|\s)\/\/.*$/,
  mjs: /(?:^|\s)\/\/.*$/,
  sql: /(?:^|\s)--.*$/,
  py: /(?:^|\s)#.*$/,
  yml: /(?:^|\s)#.*$/,
  yaml: /(?:^|\s)#.*$/,
};

function commentOf(file: string, line: string): string | undefined {
  return lineComments[file.split('.').at(-1) ?? '']?.exec(line)?.[0];
}

const anyPath = /(?<![\w/.@-])(?:packages|services|docs|scripts|test|schemas)\/[\w./<>*{}$…-]+/g;
const anyPage = /(?<![\w/.@-])(?:[\w-]+\/)*[\w-]+\.md\b(?:,? (?:§[\d.]+|"[^"]+"))?/g;
const anyCodeFile = /(?<![\w/.@*-])[\w-]+(?:\.[\w-]+)*\.(?:ts|mjs|sql|avsc)\b/g;
const anyLink = /\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)/g;
/** What stands for a name: `<domain>`, `*`, `{a,b}`, `…`. */
const placeholder = /[<>*{}$…]/;
const built = /\/dist\//;

function createFinder(
  file: string,
  { files, paths, names, headingsOf }: KnownPlaces,
): { staleIn(prose: string): readonly string[] } {
  const isPage = file.endsWith('.md');
  const resolved = (path: string): string | undefined =>
    [path, join(dirname(file), path), join('docs', path)].find((each) => paths.has(each));
  const pageNamed = (path: string): string | undefined =>
    resolved(path) ?? files.find((each) => each.startsWith('docs/') && each.endsWith(`/${path}`));

  const stalePath = (path: string): boolean =>
    !placeholder.test(path) && !built.test(path) && !paths.has(trimmed(path));

  const stalePage = (reference: string): boolean => {
    const [, path = '', section, heading] = /^(\S+?\.md)(?:,? (?:(§\S+)|"([^"]+)"))?$/.exec(reference) ?? [];
    const page = pageNamed(path);
    if (page === undefined) return true;
    if (section !== undefined) return true;
    return heading !== undefined && !headingsOf(page).includes(heading);
  };

  const staleLink = (path: string, anchor: string | undefined): boolean => {
    const target = path === '' ? file : join(dirname(file), path);
    if (!paths.has(trimmed(target))) return true;
    return anchor !== undefined && !headingsOf(target).map(anchorOf).includes(anchor);
  };

  return {
    staleIn(prose) {
      const stale: string[] = [];
      for (const [whole, path = '', anchor] of isPage ? prose.matchAll(anyLink) : []) {
        if (staleLink(path, anchor)) stale.push(whole.slice(2, -1));
      }
      const text = prose.replaceAll(/https?:\S+/g, '').replaceAll(anyLink, ']');
      for (const [path] of text.matchAll(anyPath)) if (stalePath(path)) stale.push(path);
      for (const [reference] of text.matchAll(anyPage)) if (stalePage(reference)) stale.push(reference);
      for (const [name] of isPage ? [] : text.matchAll(anyCodeFile)) if (!names.has(name)) stale.push(name);
      return stale;
    },
  };
}

/** Without the full stop of a sentence, and the slash of a folder. */
function trimmed(path: string): string {
  return path.replace(/[./]+$/, '');
}

function readHeadings(page: string): readonly string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.trim());
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}
