import { withLock } from '../lock.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: hold-lock.ts <path>');
await withLock({ path, deadlineMs: 1_000 }, async () => {
  process.send?.('held');
  // Until it is killed; the channel to the parent keeps it alive.
  await new Promise((resolve) => process.on('disconnect', resolve));
});
