import { z } from 'zod';

/** A PEM chain has 10 KiB; no key of a provider is longer. */
const maxSecretLength = 64 * 1024;

/** What is derived from a schema without a change of its type, such as one with a description, has the same entry. */
const secretSchemas = z.registry<{ readonly isSecret: true }>();

/** A field of credentials that nobody may read: it stands in no file of configuration, and is sealed in the database. */
export function secret(form: z.ZodString = z.string().min(1)): z.ZodString {
  const field = form.max(maxSecretLength);
  secretSchemas.add(field, { isSecret: true });
  return field;
}

/** Whether `secret()` made it, optional or not. */
export function isSecret(field: z.ZodType): boolean {
  // The inner type of an optional is a schema like any other.
  return secretSchemas.get(field instanceof z.ZodOptional ? (field.unwrap() as z.ZodType) : field)?.isSecret === true;
}
