import { parseExact } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { entityOf } from './entity.ts';

function entity(topic: string, body: string): string | undefined {
  const found = entityOf(topic, parseExact(body).value as Parameters<typeof entityOf>[1]); // every body here is an object
  return found === undefined ? undefined : `${found.kind}/${found.id}`;
}

describe('what a delivery of Shopify is about', () => {
  it.each([
    ['orders', 'Order', 'order/1'],
    ['products', 'Product', 'product/1'],
    ['draft_orders', 'DraftOrder', 'draft_order/1'],
    ['customers', 'Customer', 'customer/1'],
    ['collections', 'Collection', 'collection/1'],
    ['locations', 'Location', 'location/1'],
    ['companies', 'Company', 'company/1'],
    ['inventory_items', 'InventoryItem', 'inventory_item/1'],
    ['themes', 'OnlineStoreTheme', 'online_store_theme/1'],
    ['payment_terms', 'PaymentsPaymentFlexibilityPaymentTermsPaymentTerms', 'payment_terms/1'],
    ['profiles', 'DeliveryProfile', 'delivery_profile/1'],
  ])('is one %s with its global id, without it, and with nothing else', (resource, type, expected) => {
    const gid = `gid://shopify/${type}/1`;

    expect(entity(`${resource}/create`, `{"id":1,"admin_graphql_api_id":"${gid}"}`)).toBe(expected);
    expect(entity(`${resource}/update`, `{"admin_graphql_api_id":"${gid}"}`)).toBe(expected);
    expect(entity(`${resource}/delete`, '{"id":1}')).toBe(expected);
  });

  it.each([
    ['orders/edited', '{"order_edit":{"id":7,"order_id":1,"created_at":"2026-03-02T12:00:00+01:00"}}', 'order/1'],
    ['inventory_levels/update', '{"inventory_item_id":271,"location_id":24,"available":6}', 'inventory_level/271/24'],
    ['inventory_levels/disconnect', '{"inventory_item_id":271,"location_id":24}', 'inventory_level/271/24'],
    [
      'fulfillment_orders/cancelled',
      '{"fulfillment_order":{"id":"gid://shopify/FulfillmentOrder/1"}}',
      'fulfillment_order/1',
    ],
    [
      'fulfillment_orders/moved',
      '{"original_fulfillment_order":{"id":"gid://shopify/FulfillmentOrder/1"},"moved_fulfillment_order":{"id":"gid://shopify/FulfillmentOrder/2"}}',
      'fulfillment_order/1',
    ],
    ['discounts/update', '{"admin_graphql_api_id":"gid://shopify/DiscountCodeNode/1"}', 'discount/1'],
    ['customers_marketing_consent/update', '{"customer_id":1}', 'customer/1'],
    ['customers/data_request', '{"customer":{"id":1},"data_request":{"id":9}}', 'customer/1'],
    [
      'customers/merge',
      '{"admin_graphql_api_customer_kept_id":"gid://shopify/Customer/1","admin_graphql_api_customer_deleted_id":"gid://shopify/Customer/2"}',
      'customer/1',
    ],
    ['product_listings/add', '{"product_listing":{"product_id":1,"title":"a"}}', 'product_listing/1'],
    [
      'app_subscriptions/update',
      '{"app_subscription":{"admin_graphql_api_id":"gid://shopify/AppSubscription/1"}}',
      'app_subscription/1',
    ],
    ['returns/update', '{"admin_graphql_api_id":"gid://shopify/Return/1","order":{"id":2}}', 'return/1'],
    [
      'subscription_billing_attempts/failure',
      '{"id":null,"admin_graphql_api_id":null,"idempotency_key":"k1"}',
      'subscription_billing_attempt/k1',
    ],
    ['app/uninstalled', '{"id":548380009,"name":"Demo"}', 'shop/548380009'],
    ['locales/create', '{"locale":"de","published":true}', 'locale/de'],
    ['Product/update', '{"id":1}', 'product/1'],
  ])('is found for %s in %s', (topic, body, expected) => {
    expect(entity(topic, body)).toBe(expected);
  });

  it('is unknown where the body names nothing', () => {
    expect(entity('shop/redact', '{"shop_domain":"example-shop.myshopify.com"}')).toBeUndefined();
  });
});
