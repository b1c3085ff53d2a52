import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';

import { permissions } from './permissions.ts';

interface Operation {
  readonly operationId: string;
  readonly 'x-scope': string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

/** As far as the tests look at it. */
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const text = await readFile(join(import.meta.dirname, '../../../../docs/openapi.json'), 'utf8');
// Ours; a wrong shape fails the tests that read it.
const document = JSON.parse(text) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
);

describe('docs/openapi.json', () => {
  it('is an OpenAPI 3.1 document in which a linter of others finds nothing', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });

    const found = await lintFromString({ source: text, absoluteRef: '/openapi.json', config });

    expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it('has an operation for each line of the table of permissions, with its scope, and no other', () => {
    expect(Object.fromEntries(operations.map(({ name, operation }) => [name, operation['x-scope']]))).toEqual(
      permissions,
    );
  });

  it('names each operation, and each parameter of its path', () => {
    const ids = operations.map(({ operation }) => operation.operationId);

    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
      expect(inPath).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
  });

  it('refers to nothing that is not there', () => {
    const references = [...text.matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    const { components } = JSON.parse(text) as { readonly components: { readonly schemas: object } }; // see above

    expect(references.length).toBeGreaterThan(0);
    expect(references.filter((name) => !Object.hasOwn(components.schemas, name ?? ''))).toEqual([]);
  });
});
