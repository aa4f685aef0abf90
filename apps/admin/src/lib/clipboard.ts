/**
 * Puts a text on the clipboard. Rejects when the browser does not allow it. Pages served over plain http from
 * another machine have no clipboard API: there the older way through a selection serves.
 */
export async function copyText(text: string): Promise<void> {
  const modern = (navigator as { clipboard?: Clipboard }).clipboard;
  if (modern) return modern.writeText(text);
  const holder = document.createElement('textarea');
  holder.value = text;
  holder.setAttribute('aria-hidden', 'true');
  holder.style.position = 'fixed';
  holder.style.opacity = '0';
  const focused = document.activeElement;
  document.body.append(holder);
  try {
    holder.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way on pages over plain http
    if (!document.execCommand('copy')) throw new Error('The browser refused to copy');
  } finally {
    holder.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
