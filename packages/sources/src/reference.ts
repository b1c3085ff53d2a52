/** `env:NAME` or `file:path`: where something is that does not stand in the file itself. */
export const referencePattern: RegExp = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*)$/;

export const maxReferenceLength = 1_024;

export function isReference(text: string): boolean {
  return text.length <= maxReferenceLength && referencePattern.test(text);
}
