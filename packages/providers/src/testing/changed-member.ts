import type { Fixture } from '../fixtures.ts';

/**
 * A fixture that says something else in one place: `data.id` (a path into the JSON body), `form:Name`, `header:Name` or
 * `text:from=>to`. A path may say what the other value is: `event=>opened`. Without that it is the same with its last digit
 * or letter changed, so that a time stays a time.
 */
export function withChangedMember(fixture: Fixture, place: string): Fixture {
  const [name = '', other] = place.split('=>', 2);
  const change = (value: string): string => other ?? changedEnd(value);
  const { request } = fixture;
  const text = Buffer.from(request.body).toString('utf8');
  const withText = (body: string): Fixture => ({
    ...fixture,
    request: { ...request, body: Buffer.from(body, 'utf8') },
  });

  if (name.startsWith('text:')) return withText(replacedOnce(text, name.slice('text:'.length), other ?? ''));
  if (name.startsWith('form:')) {
    const form = new URLSearchParams(text);
    const parameter = name.slice('form:'.length);
    form.set(parameter, change(existing(form.get(parameter), place)));
    return withText(form.toString());
  }
  if (name.startsWith('header:')) {
    const wanted = name.slice('header:'.length).toLowerCase();
    const headers = request.headers.map(
      ([given, value]) => [given, given.toLowerCase() === wanted ? change(value) : value] as const,
    );
    return { ...fixture, request: { ...request, headers } };
  }
  const body: unknown = JSON.parse(text);
  changeAt(body, name.split('.'), { change, place });
  return withText(JSON.stringify(body));
}

interface Change {
  readonly change: (value: string) => string;
  readonly place: string;
}

function changeAt(value: unknown, [name = '', ...rest]: readonly string[], how: Change): void {
  if (typeof value !== 'object' || value === null) throw new Error(`the fixture has no ${how.place}`);
  const old: unknown = existing(Reflect.get(value, name), how.place);
  if (rest.length > 0) changeAt(old, rest, how);
  else Reflect.set(value, name, typeof old === 'number' ? Number(how.change(String(old))) : how.change(String(old)));
}

function existing<V>(value: V | null | undefined, place: string): V {
  if (value === null || value === undefined) throw new Error(`the fixture has no ${place}`);
  return value;
}

function replacedOnce(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the fixture has no ${from}`);
  return text.replace(from, () => to);
}

/** Another value of the same form: the last digit, or without one the last letter, is the next one. */
function changedEnd(value: string): string {
  const at = Math.max(
    ...[/\d(?=\D*$)/, /[a-y](?=[^a-y]*$)/i].map((form) => value.search(form)).slice(0, /\d/.test(value) ? 1 : 2),
  );
  const sign = value.charAt(at);
  const next = sign === '9' ? '8' : String.fromCharCode(sign.charCodeAt(0) + 1);
  return value.slice(0, at) + next + value.slice(at + 1);
}
