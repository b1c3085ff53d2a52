/** Lets this process go by a test's clock; see createTestClock. Preloaded, so that whoever asks for the time gets that one. */
import { readFileSync, watchFile, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// A preload has no config file: its one variable is its argument.
const directory = process.env['TRUNKLINE_TEST_CLOCK'];
if (directory !== undefined) {
  if (process.env['NODE_ENV'] === 'production')
    throw new Error('TRUNKLINE_TEST_CLOCK must not be set where NODE_ENV is production: unset it');
  goBy(directory);
}

function goBy(from: string): void {
  const machineMs = Date.now.bind(Date);
  const file = join(from, 'offset');
  let offsetMs = 0;
  const read = (): void => {
    offsetMs = Number(readFileSync(file, 'utf8'));
    writeFileSync(join(from, 'seen', String(process.pid)), String(offsetMs));
  };
  read();
  watchFile(file, { interval: 20, persistent: false }, read);
  const nowMs = (): number => machineMs() + offsetMs;
  Date.now = nowMs;
  globalThis.Date = new Proxy(Date, {
    construct: (target, given, newTarget): Date =>
      // The class of dates makes a date; Reflect does not say so.
      Reflect.construct(target, given.length === 0 ? [nowMs()] : given, newTarget) as Date,
    apply: (target) => new target(nowMs()).toString(),
  });
}
