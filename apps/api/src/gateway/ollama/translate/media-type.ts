/** How the base64 of a picture begins, by what it is. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['Qk', 'image/bmp'],
  ['SUkq', 'image/tiff'],
  ['TU0AK', 'image/tiff'],
];

/** The media type of a picture in base64 by its first bytes; null where it is none that is known. */
export function mediaTypeOf(base64: string): string | null {
  return BEGINNINGS.find(([beginning]) => base64.startsWith(beginning))?.[1] ?? null;
}
