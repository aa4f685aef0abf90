import { hash, randomBytes } from 'node:crypto';

/** What API tokens begin with, so that people and secret scanners know them. */
export const API_TOKEN_PREFIX = 'ilm_';

const RANDOM_BYTES = 32;

/** 256 random bits, in letters that need no escaping in a header, a cookie or a URL's fragment. */
export const generateToken = (prefix = ''): string => prefix + randomBytes(RANDOM_BYTES).toString('base64url');

/**
 * What is stored of a token: SHA-256 in hexadecimal. A fast hash is enough, since 256 random bits cannot be guessed.
 */
export const hashToken = (token: string): string => hash('sha256', token);
