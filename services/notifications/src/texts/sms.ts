/**
 * What a text message may have: three segments. Letters of GSM-7 take one or two of 153 places in each, and one letter
 * beyond them makes all of it UCS-2, of which a segment has 67 units (3GPP TS 23.038 and 23.040).
 */
const maxSegments = 3;
const gsm = { places: maxSegments * 153, ending: '...' };
const ucs2 = { places: maxSegments * 67, ending: '…' };

/** One place each. */
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** Two each, behind an escape. */
const extended = new Set('\f^{}\\[~]|€');

/** The text, or as much of its beginning as three segments hold. */
export function fitSms(text: string): string {
  const letters = [...text];
  const isGsm = letters.every((letter) => basic.has(letter) || extended.has(letter));
  const { places, ending } = isGsm ? gsm : ucs2;
  const widthOf = (letter: string): number => (isGsm && basic.has(letter) ? 1 : isGsm ? 2 : letter.length);
  let width = 0;
  let fitting = 0;
  for (const letter of letters) {
    width += widthOf(letter);
    if (width <= places - ending.length) fitting += 1;
  }
  return width <= places ? text : `${letters.slice(0, fitting).join('')}${ending}`;
}
