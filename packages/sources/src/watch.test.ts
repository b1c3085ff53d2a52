import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { settled } from './follow-files.ts';
import type { Problem } from './problem.ts';
import { entry, fileText, replaceFile, temporaryFolder } from './testing/temporary-sources.ts';
import { type SourcesWatch, watchSources, type WatchOptions } from './watch.ts';

type Outcome =
  | { readonly kind: 'change'; readonly modes: unknown; readonly changes: unknown }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

interface Watching {
  readonly watch: SourcesWatch;
  /** The next outcome that was not asked for yet; waits for it. */
  readonly next: () => Promise<Outcome>;
  readonly seen: Outcome[];
}

async function watching(path: string, options: Partial<WatchOptions> = {}): Promise<Watching> {
  const seen: Outcome[] = [];
  const waiting: ((outcome: Outcome) => void)[] = [];
  const queued: Outcome[] = [];
  const tell = (outcome: Outcome): void => {
    seen.push(outcome);
    const waiter = waiting.shift();
    if (waiter === undefined) queued.push(outcome);
    else waiter(outcome);
  };
  const watch = await watchSources(path, {
    env: { A: 'whsec_a' },
    intervalMs: 4,
    onChange: ({ catalog, changes }) =>
      tell({ kind: 'change', modes: catalog.source('src_a')?.settings.options, changes }),
    onProblems: (problems) => tell({ kind: 'problems', problems }),
    ...options,
  });
  onTestFinished(() => watch.close());
  const next = (): Promise<Outcome> => {
    const ready = queued.shift();
    return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
  };
  return { watch, next, seen };
}

const live = fileText({ more: 'options: { modes: [live] }' });
const test = fileText({ more: 'options: { modes: [test] }' });
const broken = fileText({ more: 'options: { modes: [tset] }' });

async function fileWith(text: string): Promise<string> {
  const path = join(await temporaryFolder(), 'trunkline.yaml');
  await writeFile(path, text);
  return path;
}

describe('a watched file', () => {
  it('that is wrong from the start is config_invalid, with its mistakes', async () => {
    const path = await fileWith(broken);

    await expect(watching(path)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('did you mean "test"?'),
    });
  });

  it('is in force with a good edit', async () => {
    const path = await fileWith(live);
    const { watch, next } = await watching(path);

    await writeFile(path, test);

    expect(await next()).toMatchObject({ kind: 'change', modes: { modes: ['test'] } });
    expect(watch.catalog().source('src_a')?.settings.options).toEqual({ modes: ['test'] });
  });

  it('keeps its last good state after a broken edit, and says so until it is mended', async () => {
    const path = await fileWith(live);
    const { watch, next } = await watching(path);

    await replaceFile(path, broken);
    const first = await next();
    const during = { options: watch.catalog().source('src_a')?.settings.options, problems: watch.problems().length };
    await replaceFile(path, test);
    const second = await next();

    expect([first.kind, second.kind]).toEqual(['problems', 'change']);
    expect(during).toEqual({ options: { modes: ['live'] }, problems: 1 });
    expect(watch.problems()).toEqual([]);
  });

  it('keeps its last good state while it is not there', async () => {
    const path = await fileWith(live);
    const { watch, next } = await watching(path);

    await rename(path, `${path}.away`);
    const gone = await next();
    await rename(`${path}.away`, path);
    const back = await next();

    expect([gone.kind, back.kind]).toEqual(['problems', 'change']);
    expect(watch.catalog().all()).toHaveLength(1);
  });

  it('is followed through one replacement after the other, as editors make them', async () => {
    const path = await fileWith(live);
    const { next } = await watching(path);
    const modes: unknown[] = [];

    for (const text of [test, live, test]) {
      await replaceFile(path, text);
      modes.push(await next());
    }

    expect(modes).toMatchObject(['test', 'live', 'test'].map((mode) => ({ kind: 'change', modes: { modes: [mode] } })));
  });

  it('is followed through the swapped link of a Kubernetes volume', async () => {
    const folder = await temporaryFolder();
    for (const [version, text] of [
      ['v1', live],
      ['v2', test],
    ] as const) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'trunkline.yaml'), text);
      // Both as old as each other, and as long: only the file itself is another.
      await utimes(join(folder, version, 'trunkline.yaml'), 1_000, 1_000);
    }
    await symlink('v1', join(folder, '..data'));
    await symlink(join('..data', 'trunkline.yaml'), join(folder, 'trunkline.yaml'));
    const { next } = await watching(join(folder, 'trunkline.yaml'));

    await symlink('v2', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));

    expect(await next()).toMatchObject({ kind: 'change', modes: { modes: ['test'] } });
  });

  it('is read again when a secret changes in the secrets file or in its own file', async () => {
    const folder = await temporaryFolder();
    const [path, secretsFile, own] = [join(folder, 'trunkline.yaml'), join(folder, 'secrets.env'), join(folder, 'own')];
    await writeFile(path, fileText().replace('[env:A]', '[env:B, file:own]'));
    await writeFile(own, 'whsec_first');
    const { watch, next } = await watching(path, { secretsFile });
    const secrets = (): readonly string[] =>
      (watch.catalog().source('src_a')?.settings.secrets ?? []).map((secret) => secret.reveal());
    const before = { secrets: secrets(), warnings: watch.warnings().length };

    await replaceFile(secretsFile, 'B=whsec_filed\n');
    await next();
    const between = { secrets: secrets(), warnings: watch.warnings().length };
    await replaceFile(own, 'whsec_second');
    await next();

    expect(before).toEqual({ secrets: ['', 'whsec_first'], warnings: 1 });
    expect(between).toEqual({ secrets: ['whsec_filed', 'whsec_first'], warnings: 0 });
    expect(secrets()).toEqual(['whsec_filed', 'whsec_second']);
  });

  it('keeps the last value of a secret that is gone, says so, and takes the next value that is there', async () => {
    const folder = await temporaryFolder();
    const [path, secretsFile, own] = [join(folder, 'trunkline.yaml'), join(folder, 'secrets.env'), join(folder, 'own')];
    await writeFile(path, fileText().replace('[env:A]', '[env:B, file:own]'));
    await writeFile(secretsFile, 'B=whsec_filed\n');
    await writeFile(own, 'whsec_first');
    const { watch, next } = await watching(path, { secretsFile });
    const secrets = (): readonly string[] =>
      (watch.catalog().source('src_a')?.settings.secrets ?? []).map((secret) => secret.reveal());

    await rm(own);
    await next();
    const withoutOwn = { secrets: secrets(), warnings: watch.warnings().map(({ message }) => message) };
    await rm(secretsFile);
    await next();
    const withoutAny = { secrets: secrets(), warnings: watch.warnings().length };
    await writeFile(own, 'whsec_second');
    await next();
    await replaceFile(path, live);
    await next();

    expect(withoutOwn).toEqual({
      secrets: ['whsec_filed', 'whsec_first'],
      warnings: ['the secret file:own is not there; its last value stays in force until a restart'],
    });
    expect(withoutAny).toEqual({ secrets: ['whsec_filed', 'whsec_first'], warnings: 2 });
    expect(secrets()).toEqual(['whsec_a']);
  });

  it('tells which sources were added, changed and lost', async () => {
    const secretsFile = join(await temporaryFolder(), 'secrets.env');
    await writeFile(secretsFile, 'B=one\n');
    const path = await fileWith(fileText({ after: entry({ id: 'src_b', secrets: '[env:B]' }) }));
    const { next } = await watching(path, { secretsFile });
    const changes = async (): Promise<unknown> => {
      const outcome = await next();
      return outcome.kind === 'change' ? outcome.changes : outcome;
    };

    await replaceFile(secretsFile, 'B=two\n');
    const secret = await changes();
    await replaceFile(path, fileText({ after: entry({ id: 'src_c', secrets: '[env:B]' }) }));
    const renamed = await changes();
    await replaceFile(path, fileText({ more: 'rate: { requests: 1, per: 1m }' }));
    const rate = await changes();

    expect([secret, renamed, rate]).toEqual([
      { added: [], changed: ['src_b'], lost: [] },
      { added: ['src_c'], changed: [], lost: ['src_b'] },
      { added: [], changed: ['src_a'], lost: ['src_c'] },
    ]);
  });

  it('is followed into the files that an edit names first', async () => {
    const path = await fileWith(live);
    const { watch, next } = await watching(path);
    const own = join(path, '..', 'own');

    await replaceFile(path, live.replace('[env:A]', '[file:own]'));
    await next();
    await replaceFile(own, 'whsec_late');
    await next();

    expect(
      watch
        .catalog()
        .source('src_a')
        ?.settings.secrets.map((secret) => secret.reveal()),
    ).toEqual(['whsec_late']);
    expect(watch.warnings()).toEqual([]);
  });

  it('tells nothing any more once it is closed', async () => {
    const path = await fileWith(live);
    const { watch, seen } = await watching(path);
    const other = await watching(path);

    await watch.close();
    await replaceFile(path, test);
    await other.next();

    expect(seen).toEqual([]);
    expect(watch.catalog().source('src_a')?.settings.options).toEqual({ modes: ['live'] });
  });

  it('tells nothing of a reading that is under way when it is closed', async () => {
    const path = await fileWith(live);
    let closing: Promise<void> | undefined;
    const readAgain = Promise.withResolvers<void>();
    let readings = 0;
    const { watch, seen } = await watching(path, {
      clock: () => {
        readings += 1;
        if (readings > 1) {
          closing = watch.close();
          readAgain.resolve();
        }
        return 0;
      },
    });

    await replaceFile(path, test);
    await readAgain.promise;
    await closing;

    expect(seen).toEqual([]);
  });

  it('closes twice', async () => {
    const { watch } = await watching(await fileWith(live));

    await Promise.all([watch.close(), watch.close()]);

    await expect(watch.close()).resolves.toBeUndefined();
  });
});

describe('a change', () => {
  const stepsOver = (
    looks: readonly string[],
  ): { look: () => Promise<string>; wait: () => Promise<boolean>; taken: () => number } => {
    let taken = 0;
    return {
      look: () => Promise.resolve(looks[taken++] ?? `look ${taken}`),
      wait: () => Promise.resolve(true),
      taken: () => taken,
    };
  };

  it('is read when two looks in a row agree', async () => {
    const steps = stepsOver(['a', 'b', 'c', 'c', 'd']);

    await settled(steps);

    expect(steps.taken()).toBe(4);
  });

  it('is read after ten looks when the file never rests', async () => {
    const steps = stepsOver([]);

    await settled(steps);

    expect(steps.taken()).toBe(10);
  });

  it('is not waited for when the watching ends', async () => {
    const steps = stepsOver([]);

    await settled({ ...steps, wait: () => Promise.resolve(false) });

    expect(steps.taken()).toBe(1);
  });
});
