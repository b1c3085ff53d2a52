import { type ExactJson, isExactObject } from '@trunkline/events';

/** The value a JSON pointer (RFC 6901) names, or undefined. */
export function valueAt(document: ExactJson, pointer: string): ExactJson | undefined {
  let value: ExactJson | undefined = document;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isExactObject(value)) value = value[name];
    else if (Array.isArray(value) && /^(?:0|[1-9][0-9]{0,6})$/.test(name)) value = itemAt(value, Number(name));
    else return undefined;
  }
  return value;
}

/** Array.isArray widens the items to any; this gives them their type back. */
function itemAt(items: readonly ExactJson[], index: number): ExactJson | undefined {
  return items[index];
}
