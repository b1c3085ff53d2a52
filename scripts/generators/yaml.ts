/** What generated YAML is made of. */
export type YamlValue = string | number | readonly YamlValue[] | { readonly [name: string]: YamlValue };

/** Block style; every string is in single quotes, in which nothing but the quote itself means anything. */
export function yamlOf(value: YamlValue): string {
  return `${blockOf(value, '')}\n`;
}

function blockOf(value: YamlValue, indent: string): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (typeof value === 'number') return String(value);
  if (isList(value)) return value.map((item) => `${indent}- ${blockOf(item, `${indent}  `).trimStart()}`).join('\n');
  return Object.entries(value)
    .map(([name, item]) => `${indent}${nameOf(name)}:${isScalar(item) ? ' ' : '\n'}${blockOf(item, `${indent}  `)}`)
    .join('\n');
}

/** Array.isArray does not know readonly lists. */
function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function isScalar(value: YamlValue): boolean {
  return typeof value !== 'object';
}

function nameOf(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) ? name : JSON.stringify(name);
}
