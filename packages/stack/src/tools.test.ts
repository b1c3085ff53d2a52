import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { findJava, parseJavaMajor, requireMaven } from './tools.ts';

describe('the tools of the machine', () => {
  let bin: string;

  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'trunkline-tools-'));
  });

  afterEach(async () => {
    await rm(bin, { recursive: true });
  });

  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_292"', 8],
    ['openjdk version "21" 2023-09-19', 21],
    ['No Java runtime present', undefined],
  ])('reads the major version of %s', (output, major) => {
    expect(parseJavaMajor(output)).toBe(major);
  });

  it('says in one line what to install when there is no Java', async () => {
    const search = findJava({ PATH: bin });

    await expect(search).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        /^Java 17 or newer is missing.*apt install.*brew install.*TRUNKLINE_STACK=[^\n]*$/,
      ),
    });
  });

  it('says which Java it found when it is too old', async () => {
    await program('java', 'echo \'openjdk version "11.0.2"\' >&2');

    const search = findJava({ PATH: bin });

    await expect(search).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('found Java 11'),
    });
  });

  it('takes a new enough Java on the PATH when the one of JAVA_HOME is too old', async () => {
    await program('java', 'echo \'openjdk version "17.0.1"\' >&2');

    const java = await findJava({ PATH: bin, JAVA_HOME: '/nowhere' });

    expect(java).toEqual({ command: 'java', major: 17, version: 'openjdk version "17.0.1"\n' });
  });

  it('counts a Java that only says where to get one as missing', async () => {
    await program('java', 'echo "Unable to locate a Java Runtime" >&2; exit 1');

    const search = findJava({ PATH: bin });

    await expect(search).rejects.toMatchObject({ message: expect.stringContaining('Java 17 or newer is missing') });
  });

  it('says in one line what to install when there is no Maven', async () => {
    const search = requireMaven({ PATH: bin });

    await expect(search).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        /^Maven is missing.*apt install maven.*brew install maven.*TRUNKLINE_STACK=[^\n]*$/,
      ),
    });
  });

  async function program(name: string, script: string): Promise<void> {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
});
