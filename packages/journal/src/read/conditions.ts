import { TrunklineError } from '@trunkline/core';

/** The conditions of a statement, and the values that they refer to as $1, $2, … */
export class Conditions {
  readonly values: unknown[] = [];
  readonly #all: string[] = [];

  /** Adds `text`, in which `?` stands for the value. */
  add(text: string, value: unknown): void {
    const name = this.name(value);
    this.#all.push(text.replace('?', () => name));
  }

  /** As `add`, where there is a value to ask for. */
  addIf(text: string, value: unknown): void {
    if (value !== undefined) this.add(text, value);
  }

  /** Notes a value and returns how a statement names it. Throws `config_invalid` for a text that no text of Postgres is. */
  name(value: unknown): string {
    if (typeof value === 'string' && value.includes('\0'))
      throw new TrunklineError('config_invalid', `nothing in the journal holds a NUL: ${JSON.stringify(value)}`);
    this.values.push(value);
    return `$${this.values.length}`;
  }

  addText(text: string): void {
    this.#all.push(text);
  }

  /** After WHERE; true where there are none. */
  get sql(): string {
    return this.#all.length === 0 ? 'true' : this.#all.join(' AND ');
  }
}
