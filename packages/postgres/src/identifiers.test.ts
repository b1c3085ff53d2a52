import { describe, expect, it } from 'vitest';

import { identifier, literal } from './identifiers.ts';
import { endpointOf, withDatabase, withLogin } from './urls.ts';

describe('a name that enters SQL text', () => {
  it('is lower case, digits and underscores', () => {
    expect(identifier('payment_2')).toBe('payment_2');
  });

  it.each(['', 'a"b', 'a;b', 'A', '2a', 'a.b', 'x'.repeat(64)])('is refused when it is %j', (name) => {
    expect(() => identifier(name)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});

describe('a text constant in SQL', () => {
  it('cannot end early', () => {
    expect(literal(`a'b\\c`)).toBe(`E'a''b\\\\c'`);
  });
});

describe('a connection string', () => {
  const url = 'postgresql://admin:s%40cret@127.0.0.1:5432/postgres?sslmode=disable';

  it('keeps everything but the database', () => {
    expect(withDatabase(url, 'other')).toBe('postgresql://admin:s%40cret@127.0.0.1:5432/other?sslmode=disable');
  });

  it('keeps everything but the login', () => {
    expect(withLogin(url, 'app', 'p@ss/word')).toBe(
      'postgresql://app:p%40ss%2Fword@127.0.0.1:5432/postgres?sslmode=disable',
    );
  });

  it('is named in messages without its login', () => {
    expect(endpointOf(url)).toBe('127.0.0.1:5432/postgres');
  });

  it('that cannot be read is refused without repeating it', () => {
    expect(() => endpointOf('secret-password')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});
