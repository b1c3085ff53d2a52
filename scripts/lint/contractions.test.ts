import { describe, expect, it } from 'vitest';

import { contractionsIn } from './contractions.ts';

const version = '0.3.0';
const found = (sql: string): readonly string[] =>
  contractionsIn({ sql, version }).map(({ line, what }) => `${line}: ${what}`);

describe('a migration', () => {
  it.each([
    ['drops a table', 'DROP TABLE a.b;', 'drops what'],
    ['drops a column', 'ALTER TABLE a.b DROP COLUMN c;', 'drops a column'],
    [
      'drops a column among others',
      'ALTER TABLE a.b\n  ADD COLUMN d text,\n  DROP COLUMN IF EXISTS c;',
      'drops a column',
    ],
    ['renames a table', 'ALTER TABLE a.b RENAME TO c;', 'renames'],
    ['renames a column', 'ALTER TABLE a.b RENAME COLUMN c TO d;', 'renames'],
    ['renames an index', 'ALTER INDEX a.b RENAME TO c;', 'renames'],
    ['changes a type', 'ALTER TABLE a.b ALTER COLUMN c TYPE bigint;', 'changes the type'],
    [
      'changes a type in other words',
      'ALTER TABLE a.b ALTER c SET DATA TYPE bigint USING c::bigint;',
      'changes the type',
    ],
    ['requires what may be absent', 'ALTER TABLE a.b ALTER COLUMN c SET NOT NULL;', 'requires a column'],
    ['adds a required column', 'ALTER TABLE a.b ADD COLUMN c text NOT NULL;', 'leaves out'],
    [
      'adds one beside a default',
      'ALTER TABLE a.b ADD COLUMN d int DEFAULT 1, ADD COLUMN c text NOT NULL;',
      'leaves out',
    ],
    ['takes a default away', 'ALTER TABLE a.b ALTER COLUMN c DROP DEFAULT;', 'takes away a default'],
    ['adds a constraint', 'ALTER TABLE a.b ADD CONSTRAINT c CHECK (d > 0);', 'adds a constraint'],
    ['makes unique', 'CREATE UNIQUE INDEX c ON a.b (d);', 'makes unique'],
    ['empties a table', 'TRUNCATE a.b;', 'empties'],
    ['does so in small letters', 'alter table a.b drop column c;', 'drops a column'],
  ])('that %s is refused', (_what, sql, sentence) => {
    expect(found(sql)).toEqual([expect.stringContaining(sentence)]);
  });

  it.each([
    ['makes a table', 'CREATE TABLE a.b (c text NOT NULL, CONSTRAINT d CHECK (c > 0));'],
    ['adds a column', 'ALTER TABLE a.b ADD COLUMN c text;'],
    ['adds a required column with a default', "ALTER TABLE a.b ADD COLUMN c text NOT NULL DEFAULT 'x';"],
    ['adds a computed one', 'ALTER TABLE a.b ADD COLUMN c int NOT NULL GENERATED ALWAYS AS (d + 1) STORED;'],
    ['lets a column be absent', 'ALTER TABLE a.b ALTER COLUMN c DROP NOT NULL;'],
    ['sets a default', 'ALTER TABLE a.b ALTER COLUMN c SET DEFAULT 1;'],
    ['makes an index', 'CREATE INDEX c ON a.b (d);'],
    [
      'replaces a constraint',
      'ALTER TABLE a.b DROP CONSTRAINT c;\nALTER TABLE a.b ADD CONSTRAINT c CHECK (d IN (1, 2));',
    ],
    [
      'contracts what it makes itself',
      'CREATE TABLE a.b (c text);\nCREATE UNIQUE INDEX d ON a.b (c);\nALTER TABLE a.b DROP COLUMN c;',
    ],
    ['only speaks of it', "-- DROP TABLE a.b;\nCOMMENT ON TABLE a.b IS 'no; DROP TABLE a.b; here';"],
    [
      'does so within a function',
      'CREATE FUNCTION a.f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE a.b; END $$;',
    ],
  ])('that %s passes', (_what, sql) => {
    expect(found(sql)).toEqual([]);
  });

  it('says where', () => {
    expect(
      found("-- It's a comment; with signs.\nCREATE TABLE a.b (c text);\n\nALTER TABLE a.x\n  DROP COLUMN c;\n"),
    ).toEqual([expect.stringMatching(/^4: drops a column/)]);
  });
});

describe('a mark', () => {
  const dropping = 'ALTER TABLE a.b DROP COLUMN c;';

  it('lets the statement below it pass, and no other', () => {
    const sql = `-- contract: 0.2.0 (it's in a.d since then; nobody reads it)\n${dropping}\n${dropping}`;

    expect(found(sql)).toEqual([expect.stringMatching(/^3: drops a column, and no/)]);
  });

  it.each(['0.3.0', '0.10.0', '1.0.0'])('that names %s is not before 0.3.0', (release) => {
    expect(found(`-- contract: ${release}\n${dropping}`)).toEqual([expect.stringContaining(`names ${release}`)]);
  });

  it('that names no release is none', () => {
    expect(found(`-- contract: soon\n${dropping}`)).toEqual([expect.stringContaining('no "-- contract:')]);
  });
});
