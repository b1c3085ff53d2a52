export * from './keys.ts';
export * from './token.ts';
