/** One design token: its value in the light and in the dark scheme. */
interface Token {
  light: string;
  dark: string;
}

/**
 * The colours of the app, by what they are for. Each becomes the CSS variable `--il-<name>`.
 * Every pair that carries text keeps a contrast of at least 4.5 : 1 on page, card and soft fill;
 * what paints a dot, a bar or a switch keeps 3 : 1 on the card. tokens.test.ts holds both.
 */
export const tokens = {
  page: { light: '#fafafa', dark: '#0e0f12' },
  card: { light: '#ffffff', dark: '#16181d' },
  soft: { light: '#f4f4f5', dark: '#1d2027' },
  line: { light: '#e9e9ec', dark: '#262930' },
  text: { light: '#18181b', dark: '#ececee' },
  muted: { light: '#6a6a73', dark: '#9296a1' },
  accent: { light: '#3b5bdb', dark: '#7c93f5' },
  'accent-hover': { light: '#3450c4', dark: '#8ea2f7' },
  'on-accent': { light: '#ffffff', dark: '#0e0f12' },

  online: { light: '#16a34a', dark: '#4ade80' },
  offline: { light: '#dc2626', dark: '#f87171' },
  attention: { light: '#d97706', dark: '#fbbf24' },
  off: { light: '#d4d4d8', dark: '#3a3e48' },
  'online-halo': { light: '#d3f0dd', dark: '#1c3a2a' },
  'switch-off': { light: '#8d8d96', dark: '#6b707d' },

  'offline-text': { light: '#c81e1e', dark: '#f87171' },
  'attention-text': { light: '#a8500a', dark: '#fbbf24' },
  'online-text': { light: '#157538', dark: '#4ade80' },
  'offline-fill': { light: '#fef1f1', dark: '#2b1719' },
  'attention-fill': { light: '#fefaeb', dark: '#2a2114' },
} as const satisfies Record<string, Token>;

export type TokenName = keyof typeof tokens;

/** The tokens of one scheme as CSS variables. */
export function tokenVariables(scheme: keyof Token): Record<string, string> {
  return Object.fromEntries(Object.entries(tokens).map(([name, token]) => [`--il-${name}`, token[scheme]]));
}
