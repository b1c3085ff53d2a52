import { describe, expect, it } from 'vitest';

import { changeArgument, withChanges } from './changes.ts';

const requestWith = (body: string): Parameters<typeof withChanges>[0] => ({
  method: 'POST',
  target: '/',
  publicUrl: 'https://h.example/',
  headers: [],
  body: Buffer.from(body),
});

const changed = (body: string, ...texts: readonly string[]): string => {
  const changes = texts.reduce<ReturnType<typeof changeArgument>>((list, text) => changeArgument(text, list), []);
  return Buffer.from(withChanges(requestWith(body), changes).body).toString('utf8');
};

describe('--set', () => {
  it.for([
    ['a number', 'data.object.amount=100', { data: { object: { amount: 100 } } }],
    ['a text', 'data.object.currency=eur', { data: { object: { amount: 1, currency: 'eur' } } }],
    ['a text that looks like a number', 'data.object.amount="100"', { data: { object: { amount: '100' } } }],
    ['null', 'data.object.amount=null', { data: { object: { amount: null } } }],
    ['an object', 'data.object={"a":[1]}', { data: { object: { a: [1] } } }],
    ['a name with a dot', String.raw`data.object.a\.b=1`, { data: { object: { amount: 1, 'a.b': 1 } } }],
    ['a value with an equals sign', 'data.object.amount=a=b', { data: { object: { amount: 'a=b' } } }],
  ] as const)('changes a member to %s', ([, text, expected]) => {
    expect(JSON.parse(changed('{"data":{"object":{"amount":1}}}', text))).toEqual(expected);
  });

  it('counts in lists, and takes several changes', () => {
    expect(JSON.parse(changed('[{"id":1},{"id":2}]', '1.id=3', '0.id=4'))).toEqual([{ id: 4 }, { id: 3 }]);
  });

  it('changes and adds parameters of a form', () => {
    expect(changed('From=%2B1&Body=hi', 'Body=a b', 'New=1')).toBe('From=%2B1&Body=a+b&New=1');
  });

  it('says where a path leads nowhere', () => {
    expect(() => changed('{"data":1}', 'data.object.amount=1')).toThrow('has no data.object to set amount in');
  });

  it.for(['amount', '=1', 'a..b=1'])('refuses %s, which is no path and value', (text) => {
    expect(() => changeArgument(text, undefined)).toThrow(/path/);
  });
});
