import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

/** Three or four starts of Node on a busy machine. */
const startLimitMs = 30_000;
const program = fileURLToPath(new URL('../testing/two-workers.ts', import.meta.url));

async function toldBy(fate: 'be killed' | 'give up'): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@trunkline/source', program, fate]);
  return stdout;
}

describe('workers that end before any has run', () => {
  it(
    'are replaced where they were killed',
    async () => {
      expect(await toldBy('be killed')).toBe('forked 4');
    },
    startLimitMs,
  );

  it(
    'end the whole where they gave up by themselves',
    async () => {
      expect(await toldBy('give up')).toMatch(/^worker [12] cannot start \(exit code 1\)$/);
    },
    startLimitMs,
  );
});
