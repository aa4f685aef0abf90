interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Shows the link on the first of the outputs that is a terminal, for somebody who sits in front of it: in a line of
 * JSON it is hard to find, and to copy. Without a terminal it stands in the log alone.
 */
export function showSetUpLink(link: string, outputs: readonly Output[]): void {
  const terminal = outputs.find(({ isTTY }) => isTTY === true);
  terminal?.write(`\nCreate the first administrator here (the link works once):\n\n  ${link}\n\n`);
}
