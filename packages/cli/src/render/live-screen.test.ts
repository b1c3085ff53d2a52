import { describe, expect, it } from 'vitest';

import { createScreen } from '../testing/screen.ts';
import { createLiveScreen } from './live-screen.ts';
import { clip, createStyle, widthOf } from './style.ts';

describe('the live screen', () => {
  it('takes the terminal once, overwrites what stands there, and never erases a whole screen', () => {
    const terminal = createScreen({ isTTY: true, columns: 20, rows: 5 });
    const screen = createLiveScreen(terminal, new AbortController().signal);

    screen.draw(['one']);
    screen.draw(['two']);

    expect(terminal.text().split('\u001b[?1049h')).toHaveLength(2);
    expect(terminal.text()).not.toContain('\u001b[2J');
    expect(terminal.text().indexOf('two')).toBeGreaterThan(terminal.text().indexOf('one'));
  });

  it('gives the terminal back at the signal, with its cursor, and draws no more', () => {
    const terminal = createScreen({ isTTY: true });
    const leaving = new AbortController();
    const screen = createLiveScreen(terminal, leaving.signal);
    screen.draw(['one']);

    leaving.abort();
    screen.draw(['two']);

    expect(terminal.text().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    expect(terminal.text()).not.toContain('two');
  });

  it('never writes to a terminal that it has not drawn on', () => {
    const terminal = createScreen({ isTTY: true });
    const leaving = new AbortController();
    createLiveScreen(terminal, leaving.signal);

    leaving.abort();

    expect(terminal.text()).toBe('');
  });

  it('shows as many lines as there are rows, each as wide as there are columns', () => {
    const terminal = createScreen({ isTTY: true, columns: 4, rows: 2 });

    createLiveScreen(terminal, new AbortController().signal).draw(['abcdef', 'gh', 'ij']);

    expect(terminal.text()).toContain('abc…');
    expect(terminal.text()).not.toContain('ij');
  });
});

describe('a line that is clipped', () => {
  it('keeps its colours closed and takes no more than the width', () => {
    const { bad } = createStyle(true);

    const clipped = clip(`${bad('refused')} rest`, 4);

    expect(widthOf(clipped)).toBe(4);
    expect(clipped).toBe('\u001b[31mref\u001b[39m…');
  });

  it('stays as it is when it fits', () => {
    expect(clip('abcd', 4)).toBe('abcd');
  });
});
