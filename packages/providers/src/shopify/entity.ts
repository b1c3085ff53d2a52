import { type EntityRef, type ExactJson, type ExactObject, isExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { usableId } from '../contract/usable-id.ts';

/**
 * What a delivery is about, as a function of its topic: `orders/create` has a global id that names the type, `orders/delete`
 * has a number only, `orders/edited` has neither, and all of them are about one order.
 */
export function entityOf(topic: string | undefined, object: ExactObject): EntityRef | undefined {
  const resource = resourceOf(topic);
  if (resource === undefined) return undefined;
  const kind = kindOf(resource);
  const id = usableId(special.get(resource)?.(object)) ?? idIn(object) ?? idIn(nestedIn(object, kind));
  return id === undefined ? undefined : { kind, id };
}

/** What comes before the slash; the newer events write `Product` where webhooks write `products`. */
function resourceOf(topic: string | undefined): string | undefined {
  const name = topic?.split('/', 1)[0] ?? '';
  return /^[A-Za-z][A-Za-z_]{0,63}$/.test(name)
    ? name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()
    : undefined;
}

/** Resources whose objects are called something else, or that only tell of another one. */
const otherKinds: ReadonlyMap<string, string> = new Map([
  ['app', 'shop'],
  ['customer_tags', 'customer'],
  ['customers_email_marketing_consent', 'customer'],
  ['customers_marketing_consent', 'customer'],
  ['customers_purchasing_summary', 'customer'],
  ['orders_risk_assessment', 'order'],
  ['payment_terms', 'payment_terms'],
  ['profiles', 'delivery_profile'],
  ['themes', 'online_store_theme'],
  ['variants', 'product_variant'],
]);

function kindOf(resource: string): string {
  const other = otherKinds.get(resource);
  if (other !== undefined) return other;
  if (resource.endsWith('ies')) return `${resource.slice(0, -3)}y`;
  return /(?:[^s]s|sses)$/.test(resource) ? resource.replace(/(?:(?<=ss)es|s)$/, '') : resource;
}

type Find = (object: ExactObject) => ExactJson | undefined;

/** Where the id is, for resources whose bodies have no id of their own. */
const special: ReadonlyMap<string, Find> = new Map<string, Find>([
  ['carts', (cart) => cart['token'] ?? cart['id']],
  ['collection_listings', (body) => member(body['collection_listing'], 'collection_id')],
  ['customer_tags', (body) => localId(body['customerId'] ?? body['customer_id'])],
  ['customers', (body) => member(body['customer'], 'id') ?? localId(body['admin_graphql_api_customer_kept_id'])],
  ['customers_email_marketing_consent', (body) => body['customer_id']],
  ['customers_marketing_consent', (body) => body['customer_id']],
  ['customers_purchasing_summary', (body) => body['customer_id']],
  ['inventory_levels', inventoryLevel],
  ['locales', (body) => body['locale']],
  ['orders', (body) => member(body['order_edit'], 'order_id')],
  ['orders_risk_assessment', (body) => body['order_id']],
  ['product_listings', (body) => member(body['product_listing'], 'product_id')],
  ['subscription_billing_attempts', (body) => localId(body['admin_graphql_api_id']) ?? body['idempotency_key']],
]);

/** A level is that of an item at a location; its global id is of another one of the two. */
function inventoryLevel(level: ExactObject): string | undefined {
  const [item, location] = ['inventory_item_id', 'location_id'].map((name) => usableId(level[name]));
  return item === undefined || location === undefined ? undefined : `${item}/${location}`;
}

function idIn(object: ExactObject | undefined): string | undefined {
  if (object === undefined) return undefined;
  return localId(object['id']) ?? localId(object['admin_graphql_api_id']);
}

/** The last part of a global id (gid://shopify/Order/1?x=y), or an id as it is. */
function localId(value: ExactJson | undefined): string | undefined {
  const text = usableId(value);
  return text === undefined ? undefined : (/^gid:\/\/shopify\/[A-Za-z]+\/([^?]+)/.exec(text)?.[1] ?? text);
}

/** The object inside: the one that is named after the kind (original_fulfillment_order), or the only one. */
export function nestedIn(object: ExactObject, kind: string): ExactObject | undefined {
  const nested = Object.entries(object).filter((entry): entry is [string, ExactObject] => isExactObject(entry[1]));
  const named = nested.find(([name]) => name.endsWith(kind));
  if (named !== undefined) return named[1];
  return nested.length === 1 ? nested[0]?.[1] : undefined;
}
