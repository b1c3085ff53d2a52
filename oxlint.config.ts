import { defineConfig } from 'oxlint';

import { consoleWriters, environmentReaders, testCode } from './scripts/lint/architecture.ts';

/**
 * The one lint configuration. Who may import what is the table in scripts/lint/architecture.ts, checked by the rule
 * `trunkline/imports`; everything else here is a rule of the house style that a machine can see.
 */
const processModules = ['node:process', 'process', 'node:console', 'console'];

const unsafeOff = {
  'typescript/no-unsafe-argument': 'off',
  'typescript/no-unsafe-assignment': 'off',
  'typescript/no-unsafe-call': 'off',
  'typescript/no-unsafe-member-access': 'off',
  'typescript/no-unsafe-return': 'off',
} as const;

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'node', 'promise', 'vitest'],
  jsPlugins: ['./scripts/lint/plugin.ts'],
  categories: { correctness: 'error', suspicious: 'off' },
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: ['**/dist/**', '.trunkline/**', 'test-results/**', 'coverage/**', '.turbo/**'],
  rules: {
    // Architecture.
    'trunkline/imports': 'error',
    'trunkline/cast-reason': 'error',
    // Between files. Between packages the table has no cycle, types included.
    'import/no-cycle': 'error',
    'no-restricted-imports': [
      'error',
      {
        paths: processModules.map((name) => ({
          name,
          importNames: ['default', 'env'],
          message: 'Use the global, so that the lint sees who reads the environment and who writes to the console.',
        })),
      },
    ],
    'node/no-process-env': 'error',
    'no-console': 'error',

    // Promises: each is awaited, returned or handed to the lifecycle.
    'typescript/no-floating-promises': ['error', { ignoreVoid: false }],
    'typescript/no-misused-promises': 'error',
    // A promise returned out of a try block is awaited there, or its failure escapes the catch.
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'no-async-promise-executor': 'error',

    // Types.
    // A `default` says that the author thought of the rest; without one, a new member of the union is an error.
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-assignment': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/consistent-type-imports': [
      'error',
      { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
    ],
    // Instead of isolatedDeclarations, which refuses `as const satisfies` tables and z.infer.
    // `import { type A }` is kept as an import of the whole module for nothing; `import type { A }` is not.
    'typescript/no-import-type-side-effects': 'error',
    'typescript/explicit-module-boundary-types': 'error',
    'typescript/no-deprecated': 'error',
    // Spreading a string takes it apart by code points, which is what one does it for.
    'typescript/no-misused-spread': 'off',

    // Failure.
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'no-empty': 'error',

    // Shape. A function with more than three parameters takes one named object.
    'max-lines': ['error', { max: 400 }],
    'max-params': ['error', { max: 3 }],
    eqeqeq: 'error',
    'no-var': 'error',
    'prefer-const': 'error',
  },
  overrides: [
    { files: [...environmentReaders], rules: { 'node/no-process-env': 'off', 'no-restricted-imports': 'off' } },
    { files: [...consoleWriters], rules: { 'no-console': 'off' } },
    // The shims that any Node must be able to run before there is a TypeScript.
    {
      files: ['**/*.mjs'],
      rules: { ...unsafeOff, 'no-console': 'off', 'node/no-process-env': 'off', 'no-restricted-imports': 'off' },
    },
    {
      files: [...testCode],
      rules: {
        // A test reads foreign answers (JSON, rows) field by field, and an assertion fails where a type would lie.
        ...unsafeOff,
        'trunkline/cast-reason': 'off',
        'vitest/expect-expect': ['error', { assertFunctionNames: ['expect*', 'assert*', 'fc.assert'] }],
        // The second argument is what to say when it fails.
        'vitest/valid-expect': ['error', { maxArgs: 2 }],
        'vitest/no-focused-tests': 'error',
        'vitest/no-disabled-tests': 'error',
      },
    },
    { files: ['**/generated/**', '**/*.generated.ts'], rules: { 'max-lines': 'off', 'trunkline/cast-reason': 'off' } },
  ],
});
