import { clip } from './style.ts';

/** A table that is drawn over and over in the same place. */
export interface LiveScreen {
  /** Columns at this moment; people change them while they look. */
  readonly width: () => number;
  readonly height: () => number;
  /** Draws the lines, cut to the screen. */
  draw(lines: readonly string[]): void;
}

export interface ScreenStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const usualSize = { columns: 80, rows: 24 } as const;

/** The alternate screen, so that what was on the terminal before is there again afterwards; no cursor meanwhile. */
const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';
/** The terminal shows a frame when it is complete; one that does not know the mode ignores it. */
const frameBegins = '\u001b[?2026h\u001b[H';
const frameEnds = '\u001b[J\u001b[?2026l';
const restOfLine = '\u001b[K';

/**
 * Takes the terminal at the first drawing and gives it back at the signal, at once: whoever presses Ctrl-C twice must
 * not be left without a cursor.
 */
export function createLiveScreen(stream: ScreenStream, signal: AbortSignal): LiveScreen {
  let isOpen = false;
  const width = (): number => stream.columns ?? usualSize.columns;
  const height = (): number => stream.rows ?? usualSize.rows;
  const close = (): void => {
    if (isOpen) stream.write(leave);
    isOpen = false;
  };
  signal.addEventListener('abort', close, { once: true });
  return {
    width,
    height,
    draw(lines) {
      if (signal.aborted) return;
      if (!isOpen) stream.write(enter);
      isOpen = true;
      // Each line is overwritten, never erased first: erasing is what flickers.
      const shown = lines.slice(0, height()).map((line) => `${clip(line, width())}${restOfLine}`);
      stream.write(`${frameBegins}${shown.join('\r\n')}${frameEnds}`);
    },
  };
}
