import { describe, expect, it } from 'vitest';

import { createProgram } from '../program.ts';
import { commandNames, spellerOf } from './spelling.ts';

const npx = spellerOf({ npm_command: 'exec' });

describe('a command in a hint', () => {
  it.each([
    ['next  trunkline trace evt_1', 'next  npx trunkline trace evt_1'],
    [
      'see `trunkline doctor`; `npm start` starts everything',
      'see `npx trunkline doctor`; `npm start` starts everything',
    ],
    ['trunkline dlq list payments; then trunkline lag', 'npx trunkline dlq list payments; then npx trunkline lag'],
    ['\u001b[2mfix\u001b[22m  trunkline lag', '\u001b[2mfix\u001b[22m  npx trunkline lag'],
  ])('can be pasted by whoever started us with npx: %j', (hint, spelled) => {
    expect(npx(hint)).toBe(spelled);
  });

  it.each(['npx trunkline doctor', 'the trunkline command', '.trunkline/run.json', 'bin/trunkline doctor'])(
    'is left as it is: %s',
    (text) => {
      expect(npx(text)).toBe(text);
    },
  );

  it('is the bare one where `trunkline` is on the path', () => {
    expect(spellerOf({})('trunkline doctor')).toBe('trunkline doctor');
  });

  it('is one of the program', async () => {
    const ignore = (): void => undefined;
    const program = await createProgram(() => Promise.resolve(), { writeOut: ignore, writeErr: ignore });

    expect([...commandNames].sort()).toEqual(program.commands.map((command) => command.name()).sort());
  });
});
