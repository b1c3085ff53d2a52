import type { OutputStream } from '../output.ts';

/** A stream that keeps what was written, as a terminal or as a pipe. */
export interface Screen extends OutputStream {
  readonly text: () => string;
}

export function createScreen(
  options: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number } = {},
): Screen {
  let written = '';
  return {
    ...options,
    write(text) {
      written += text;
      return true;
    },
    text: () => written,
  };
}
