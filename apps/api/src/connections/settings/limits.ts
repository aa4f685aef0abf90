/** The most that one connection may have of each. */
export const MAX_KEY_CHARACTERS = 8_192;
export const MAX_HEADERS = 32;
