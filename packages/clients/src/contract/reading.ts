import { headerOf, type PlainAnswer } from '@trunkline/http-client';
import type { z } from 'zod';

/** The answer is none that the API promises. Its message names what is wrong and repeats nothing of it. */
export class AnswerUnreadable extends Error {
  override readonly name = 'AnswerUnreadable';
}

/** Reads a body of JSON. Fields that the schema does not know may be there: providers add some at any time. */
export function jsonAnswer<Output>(schema: z.ZodType<Output>): (answer: PlainAnswer) => Output {
  return (answer) => {
    const parsed = schema.safeParse(jsonOf(answer));
    if (parsed.success) return parsed.data;
    const paths = parsed.error.issues.map(({ path, code }) => `${path.join('.') || 'its top level'} (${code})`);
    throw new AnswerUnreadable(`the answer is not as promised at ${paths.slice(0, 5).join(', ')}`);
  };
}

/** The JSON of a body; throws `AnswerUnreadable` for another content type, and for what is none. */
export function jsonOf(answer: PlainAnswer): unknown {
  const type = headerOf(answer, 'content-type') ?? '';
  if (!/^application\/(?:[a-z0-9.+-]+\+)?json\b/i.test(type)) throw new AnswerUnreadable('the answer is not JSON');
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch {
    // The parser's message quotes the text.
    throw new AnswerUnreadable('the answer is not JSON, though it says so');
  }
}

/** A header that must be there. */
export function requiredHeader(answer: PlainAnswer, name: string): string {
  const value = headerOf(answer, name);
  if (value === undefined || value === '') throw new AnswerUnreadable(`the answer has no header ${name}`);
  return value;
}
