export type { RenderedBody, RenderFormat } from './formats/format.ts';
export * from './formats/index.ts';
export { standardHeaders } from './formats/standard.ts';
export * from './json-schema.ts';
export * from './message.ts';
export { sentTopics, sentTypes, topicOfType } from './topic-fields.ts';
