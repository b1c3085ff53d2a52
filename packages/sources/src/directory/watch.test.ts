import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { ada, directoryText } from '../testing/directory-text.ts';
import { replaceFile, temporaryFolder, told } from '../testing/temporary-sources.ts';
import { type DirectoryWatch, watchDirectory } from './watch.ts';

const front = '{ id: phn_front, tenant: tnt_a, numbers: ["+15005550006"], owners: [per_ada] }';

interface Watching {
  readonly path: string;
  readonly watch: DirectoryWatch;
  /** The next thing that is told. */
  readonly next: () => Promise<'change' | 'problems'>;
}

async function watching(text: string, files: Readonly<Record<string, string>> = {}): Promise<Watching> {
  const folder = await temporaryFolder();
  const path = join(folder, 'trunkline.yaml');
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await writeFile(path, text);
  let told = Promise.withResolvers<'change' | 'problems'>();
  const tell = (what: 'change' | 'problems'): void => told.resolve(what);
  const watch = await watchDirectory(path, {
    env: {},
    intervalMs: 4,
    onChange: () => tell('change'),
    onProblems: () => tell('problems'),
  });
  onTestFinished(() => watch.close());
  const next = async (): Promise<'change' | 'problems'> => {
    const what = await told.promise;
    told = Promise.withResolvers();
    return what;
  };
  return { path, watch, next };
}

describe('a watched directory', () => {
  it('answers by an edit, through the same object', async () => {
    const { path, watch, next } = await watching(directoryText({ people: [ada], phones: [front] }));
    const { directory } = watch;
    expect(directory.phoneOfNumber('tnt_a', '+15005550006')?.id).toBe('phn_front');

    await replaceFile(path, directoryText({ people: [ada], phones: [front.replace('0006', '0008')] }));

    expect(await next()).toBe('change');
    expect(directory.phoneOfNumber('tnt_a', '+15005550006')).toBeUndefined();
    expect(directory.phoneOfNumber('tnt_a', '+15005550008')?.id).toBe('phn_front');
  });

  it('keeps what was in force while the file is broken', async () => {
    const good = directoryText({ people: [ada], phones: [front] });
    const { path, watch, next } = await watching(good);

    await replaceFile(path, good.replace('owners: [per_ada]', 'owners: [per_bob]'));

    expect(await next()).toBe('problems');
    expect(told(watch.problems())).toEqual([expect.stringContaining('there is no person "per_bob"')]);
    expect(watch.directory.phoneOfNumber('tnt_a', '+15005550006')?.owners).toEqual(['per_ada']);
  });

  it('follows the files that addresses stand in, and keeps the last value of one that is gone', async () => {
    const text = directoryText({ people: [ada], phones: [front.replace('"+15005550006"', 'file:front')] });
    const { path, watch, next } = await watching(text, { front: '+15005550006\n' });
    expect(watch.directory.phoneOfNumber('tnt_a', '+15005550006')?.id).toBe('phn_front');

    await replaceFile(join(path, '../front'), '+15005550008\n');
    expect(await next()).toBe('change');
    expect(watch.directory.phoneOfNumber('tnt_a', '+15005550008')?.id).toBe('phn_front');

    await replaceFile(join(path, '../front'), '');
    expect(await next()).toBe('change');
    expect(watch.directory.phoneOfNumber('tnt_a', '+15005550008')?.id).toBe('phn_front');
  });

  it('that is wrong from the start is config_invalid', async () => {
    await expect(watching(directoryText({ phones: [front] }))).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('is not concerned by what only the providers of the sources know', async () => {
    const { watch } = await watching(
      directoryText({ people: [ada], phones: [front] }).replaceAll('provider: stripe', 'provider: nobody'),
    );

    expect(watch.directory.phones('tnt_a')).toHaveLength(1);
  });
});
