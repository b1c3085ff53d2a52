/** Whether Postgres can keep a text as it is: it takes no zero byte, and no half of a character that needs two. */
export function isKeepable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
