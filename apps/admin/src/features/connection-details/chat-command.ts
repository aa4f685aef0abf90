/** Quotes a text for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command that chats with a model through our own address; the token comes from the reader's environment. */
export function chatCommand(address: string, model: string): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] });
  return [
    `curl ${address}/v1/chat/completions`,
    '-H "Authorization: Bearer $INTRALLM_TOKEN"',
    "-H 'Content-Type: application/json'",
    `-d ${quote(body)}`,
  ].join(' \\\n  ');
}
