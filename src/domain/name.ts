// Names are what people read, compare and look for. Two names that look the same must be the same, and a name must not
// change the line that it stands in. The forms of Unicode that could are joined here, or refused.

/**
 * Characters that nobody sees or that change how others are shown: controls, line separators, directions, characters of
 * zero width, blank letters, and code points for private use or for nothing.
 */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Scripts that need U+200C and U+200D between their letters to be spelt right. */
const JOINING =
  '\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Devanagari}\\p{Script=Bengali}' +
  '\\p{Script=Gurmukhi}\\p{Script=Gujarati}\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}' +
  '\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Khmer}\\p{Script=Myanmar}';

/** Where a joiner or a variation selector is part of what is seen: inside emoji, and between letters that join. */
const SEEN_JOINER = new RegExp(
  '(?<=\\p{Extended_Pictographic})\\uFE0F|' +
    '(?<=\\p{Extended_Pictographic}[\\uFE0F\\p{Emoji_Modifier}]?)\\u200D(?=\\p{Extended_Pictographic})|' +
    `(?<=[${JOINING}]\\p{M}*)[\\u200C\\u200D](?=[${JOINING}])`,
  'gu',
);

/** A name in the one form in which it is stored: NFC, without blanks around it, and with plain spaces inside. */
export const normalName = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/\p{Zs}/gu, ' ')
    .trim();

/** A name whose case does not matter, in the one form in which it is stored and looked for. */
export const foldedName = (name: string): string => normalName(name.toLowerCase());

/** Why a text in its normal form cannot be a name, or undefined. Whether it is empty is another question. */
export function problemOfName(name: string): string | undefined {
  const [unseen] = name.replace(SEEN_JOINER, '').match(UNSEEN) ?? [];
  if (unseen === undefined) return undefined;
  const code = (unseen.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
  return `contains U+${code}, a character that is invisible or changes how others are displayed`;
}

/** What can be seen of a text that nobody can be asked to correct, such as a claim of an identity provider. */
export const visiblePart = (text: string, maxLength: number): string =>
  [...normalName(text.toWellFormed().replace(UNSEEN, ' '))].slice(0, maxLength).join('').trim();
