/** Calendly names everything by its URI; the last part of it is what webhooks and configurations call it. */
export function idOf(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}
