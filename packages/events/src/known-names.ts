/**
 * Names of members that came before, to be had without making a text of them anew: a payload repeats the names of the
 * last one, and the engine has to look a new text up among all it knows before it can be the name of a member.
 */

/** A name takes the place of another whose first and second character and length give the same place. */
const places = 1_024;
/** With it at most 128 KiB, whatever is sent. */
const longestKept = 64;
const kept: string[] = Array.from({ length: places }, () => '');

/** The part of the text between the places, not empty. */
export function nameBetween(text: string, start: number, end: number): string {
  const length = end - start;
  if (length > longestKept) return text.slice(start, end);
  const place = (length * 37 + text.charCodeAt(start) * 7 + text.charCodeAt(end - 1) * 131) % places;
  const known = kept[place];
  if (known?.length === length && text.startsWith(known, start)) return known;
  const name = text.slice(start, end);
  kept[place] = name;
  return name;
}
