export * from './rotation.ts';
export * from './sign.ts';
export * from './signing-key.ts';
