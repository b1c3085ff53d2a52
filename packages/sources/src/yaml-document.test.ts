import { describe, expect, it } from 'vitest';

import { readYaml } from './yaml-document.ts';

describe('a text that is not YAML', () => {
  it.for([
    ['a tab that indents', 'a:\n\tb: 1', '2:1', 'a tab is used to indent'],
    ['a setting inside another on one line', 'a: b: c', '1:4', 'two settings are on one line'],
    ['a setting inside another on two lines', 'a: 1\n  b: 2', '1:4', 'two settings are on one line'],
    ['an open quote', 'a: "x', '1:6', 'a character is missing here'],
    ['an open bracket', 'a: [1, 2\nb: 3', '2:1', 'the indentation does not fit'],
    ['a second document', 'a: 1\n---\nb: 2', '2:1', 'a second document begins here'],
    ['an alias of nothing', 'a: *x', '1:4', 'an alias (*name) must follow its anchor (&name)'],
    ['an alias of what it is in', 'a: &a [*a]', '1:8', 'an alias (*name) must follow its anchor (&name)'],
    ['a tag', 'a: !x y', '1:4', 'tags (!name) have no meaning here'],
    ['a text that begins with @', 'a: @x', '1:4', 'a text cannot begin with this character'],
    ['a list as a key', '? [a]\n: b', '1:3', 'a key must be a short text on one line'],
  ] as const)('is told with its place: %s', ([, text, place, message]) => {
    const { document, problems } = readYaml(text);

    expect(document).toBeUndefined();
    expect(problems.map((problem) => [`${problem.line}:${problem.column}`, problem.message])).toEqual([
      [place, message],
    ]);
  });

  it('tells every mistake of the form', () => {
    const { problems } = readYaml('a: @x\nb: !y z\nc: *d\n');

    expect(problems.map(({ line }) => line)).toEqual([1, 2, 3]);
  });
});

describe('a hostile text', () => {
  const letters = [...'abcdefghi'];
  const bomb = letters.map(
    (letter, index) =>
      `${letter}: &${letter} [${Array(9)
        .fill(index === 0 ? 'x' : `*${letters[index - 1]}`)
        .join(',')}]`,
  );

  it.for([
    ['aliases of aliases', bomb.join('\n'), 'its aliases (*name) would make it too large'],
    ['ten thousand aliases', `a: &a x\nb: [${'*a,'.repeat(10_000)}]`, 'its aliases (*name) would make it too large'],
    ['ten thousand brackets', '['.repeat(10_000), 'it is nested too deeply'],
    ['ten thousand braces', '{a: '.repeat(10_000), 'it is nested too deeply'],
  ] as const)('is one problem: %s', ([, text, message]) => {
    const { document, problems } = readYaml(text);

    expect(document).toBeUndefined();
    expect(problems.map((problem) => problem.message)).toEqual([message]);
  });

  it('cannot set what objects inherit', () => {
    const { document } = readYaml('__proto__: { polluted: true }');

    expect(Object.keys(document?.value ?? {})).toEqual(['__proto__']);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('a place in a document', () => {
  const text = 'list:\n  - name: x\n  - &b { name: y }\nagain: *b\n"quo ted":\n  5: z\nempty:\n';

  it.for([
    [['list', 0, 'name'], 'value', '2:11'],
    [['list', 0, 'name'], 'key', '2:5'],
    [['list', 1], 'value', '3:8'],
    [['list', 1, 'name'], 'value', '3:16'],
    [['again', 'name'], 'value', '3:16'],
    [['quo ted', '5'], 'value', '6:6'],
    [['empty'], 'key', '7:1'],
    [['list', 0, 'missing'], 'key', '2:5'],
    [['list', 9, 'name'], 'value', '2:3'],
    [['missing', 'name'], 'value', '1:1'],
    [[], 'value', '1:1'],
  ] as const)('is found by the path %j (%s)', ([path, at, place]) => {
    const { document } = readYaml(text);

    const found = document?.locate(path, at);

    expect(`${found?.line}:${found?.column}`).toBe(place);
  });
});
