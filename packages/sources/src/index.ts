export type { ConfiguredSource, SourceCatalog, SourceRate, SourceState } from './catalog.ts';
export type { CatalogChanges } from './changes.ts';
export {
  listSecretVariables,
  type LoadedSources,
  type LoadOptions,
  loadSources,
  maxSourcesFileBytes,
  type SecretVariable,
} from './load.ts';
export { nearest, suggestion } from './nearest.ts';
export { type Problem, renderProblems } from './problem.ts';
export { type JsonSchema, sourcesJsonSchema } from './schema.ts';
export type { SecretPlaces } from './secrets.ts';
export { type SourcesChange, type SourcesWatch, watchSources, type WatchOptions } from './watch.ts';
