import { applyMutation, type Mutation } from './mutation.ts';

// A preload has no config file: its one variable is its argument.
const text = process.env['TRUNKLINE_MUTATION'];
// The fault suite writes the variable with JSON.stringify of a Mutation.
if (text !== undefined) applyMutation(JSON.parse(text) as Mutation);
