/** A program: writes 5,000 numbered lines, then one more as a process does that cannot go on. */
import { createLineWriter } from '../line-writer.ts';

const writer = createLineWriter(1, { writeBytes: 16 * 1024, lingerMs: 50, maxWaitingBytes: 8 * 1024 * 1024 });
const filling = 'x'.repeat(200);

for (let index = 0; index < 5_000; index += 1) writer.write(`${index} ${filling}\n`);
writer.flush(() => {
  writer.write('5000 last words\n');
  writer.flushSync();
  process.exit();
});
