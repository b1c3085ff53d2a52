import { describe, expect, it } from 'vitest';

import { createScreen } from '../testing/screen.ts';
import { createProgress, progressLine } from './progress.ts';

describe('progress', () => {
  it('draws on a terminal and removes its line at the end', () => {
    const screen = createScreen({ isTTY: true, columns: 80 });
    const progress = createProgress(screen, 'sending', () => 0);

    progress.update(50, 50);
    progress.end();

    expect(screen.text()).toContain('50/50');
    expect(screen.text().endsWith('\r\u001b[K')).toBe(true);
  });

  it('writes nothing into a log', () => {
    const screen = createScreen();
    const progress = createProgress(screen, 'sending', () => 0);

    progress.update(1, 2);
    progress.end();

    expect(screen.text()).toBe('');
  });

  it('is redrawn ten times a second at most, and always at the end', () => {
    const screen = createScreen({ isTTY: true });
    const progress = createProgress(screen, 'reading', () => 0);

    for (let done = 1; done <= 1_000; done += 1) progress.update(done, 1_000);

    expect(screen.text().split('\r').length - 1).toBe(2);
  });

  it('fills its bar by the share that is done', () => {
    expect(progressLine('x', 12, 24)).toBe(`x  ${'█'.repeat(12)}${'░'.repeat(12)}  12/24`);
    expect(progressLine('x', 7, undefined)).toBe('x  7');
  });
});
