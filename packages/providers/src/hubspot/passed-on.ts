/** Types that are known and have no canonical form: goods, the messages of the inbox (without their text), what a workflow sends. They are passed on, as is every type that is not listed anywhere. */
export const passedOn: readonly string[] = [
  'line_item.creation',
  'line_item.propertyChange',
  'line_item.deletion',
  'line_item.restore',
  'line_item.merge',
  'product.creation',
  'product.propertyChange',
  'product.deletion',
  'product.restore',
  'product.merge',
  'conversation.newMessage',
  'workflow',
];
