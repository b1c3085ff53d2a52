import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** What kafkajs itself has in a file, whoever has replaced it in this process: read from disk, and not kept. */
export function originalOf(file: string): unknown {
  const path = load.resolve(file);
  const kept = load.cache[path];
  Reflect.deleteProperty(load.cache, path);
  try {
    return load(path);
  } finally {
    if (kept === undefined) Reflect.deleteProperty(load.cache, path);
    else load.cache[path] = kept;
  }
}
