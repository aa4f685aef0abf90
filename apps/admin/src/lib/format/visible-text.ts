/**
 * Characters that draw nothing, or that turn the direction of those after them. Joiners of emoji and of scripts stay.
 */
const unseen = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu;

/**
 * Text of an endpoint with its unseen characters written out: otherwise two names that differ look the same, and a name
 * reads backwards. For the eye alone: what is copied or sent is the text itself.
 */
export function visibleText(text: string): string {
  return text.replace(unseen, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `‹U+${code}›`;
  });
}
