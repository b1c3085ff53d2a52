import { TrunklineError } from '@trunkline/core';

import { constantOf } from './plan.ts';

/** The formatter's width: a list that does not fit has one name a line. */
const lineWidth = 120;

const importLine = /^import \{ \w+ \} from '\.\/([a-z0-9_]+)\/index\.ts';$/;
const list = /^export const providers = \[([\w\s,]*)\] as const;$/m;

/** The text of catalogue.ts with the provider in it: its import in the order of the others, its name before `generic`. */
export function withProvider(catalogue: string, name: string): string {
  const constant = constantOf(name);
  const found = list.exec(catalogue);
  const known = (found?.[1] ?? '').split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));
  if (found === null || known.length === 0) {
    throw new TrunklineError(
      'config_invalid',
      'catalogue.ts has no line `export const providers = […] as const;`: it cannot be extended',
    );
  }
  if (known.includes(constant)) throw new TrunklineError('config_invalid', `catalogue.ts has ${constant} already`);
  // What suits any sender stays last: lists show it after the providers it stands in for.
  const at = known.at(-1) === 'generic' ? known.length - 1 : known.length;
  const names = [...known.slice(0, at), constant, ...known.slice(at)];
  return withImport(catalogue.replace(list, listText(names)), name);
}

function listText(names: readonly string[]): string {
  const line = `export const providers = [${names.join(', ')}] as const;`;
  return line.length <= lineWidth ? line : `export const providers = [\n  ${names.join(',\n  ')},\n] as const;`;
}

function withImport(catalogue: string, name: string): string {
  const lines = catalogue.split('\n');
  const imports = lines.flatMap((line, index) => {
    const folder = importLine.exec(line)?.[1];
    return folder === undefined ? [] : [{ index, folder }];
  });
  const next = imports.find(({ folder }) => folder > name)?.index ?? (imports.at(-1)?.index ?? -1) + 1;
  return lines.toSpliced(next, 0, `import { ${constantOf(name)} } from './${name}/index.ts';`).join('\n');
}
