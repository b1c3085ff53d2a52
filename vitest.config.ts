import { defineConfig } from 'vitest/config';

/** One project per tier, by suffix. `npm test` runs them all; `npx vitest --project unit` runs one. */
const shared = {
  resolve: { conditions: ['@trunkline/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@trunkline/source', 'node', 'import', 'default'] } },
};
const ignored = ['**/node_modules/**', '**/dist/**', '.trunkline/**'];

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/**/*.test.ts', 'services/**/*.test.ts', 'scripts/**/*.test.ts', 'test/repo/**/*.test.ts'],
          exclude: [...ignored, '**/*.int.test.ts'],
          testTimeout: 10_000,
        },
      },
    ],
  },
});
