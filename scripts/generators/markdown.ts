/** Markdown as the generated pages write it. */

export function banner(source: string): string {
  return `<!-- Generated from ${source} by \`npm run generate\`. Do not edit. -->`;
}

/** Blocks with a blank line between them. */
export function page(...blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** A bar would end the cell, also inside code. */
function cell(words: string): string {
  return text(words).replaceAll('|', String.raw`\|`);
}

/** Angle brackets of our sentences are placeholders, not HTML; code is left as it is. */
export function text(words: string): string {
  return words
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;')))
    .join('')
    .replaceAll('\n', ' ');
}

export function code(words: string): string {
  return `\`${words.replaceAll('`', '')}\``;
}

export function fenced(language: string, content: string): string {
  return `\`\`\`${language}\n${content.trimEnd()}\n\`\`\``;
}

/** The anchor that a heading of this text has where pages are shown: lower case, no punctuation, blanks as hyphens. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9_ -]/g, '')
    .replaceAll(' ', '-');
}
