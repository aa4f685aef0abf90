import { isIP } from 'node:net';
import { ConfigError } from './config-error.js';

const HOST_NAME = /^(?=.{1,253}$)[a-z\d_]([\w-]*\w)?(\.[a-z\d_]([\w-]*\w)?)*\.?$/i;

/** An address or a name to listen on. Throws ConfigError for a URL, a port with it, or brackets around it. */
export function readHost(text: string): string {
  const refuse = (what: string): never => {
    throw new ConfigError('HOST', `must be an IP address or a name to listen on, such as 127.0.0.1: ${what}`);
  };
  if (isIP(text) !== 0) return text;
  if (text.includes('://')) refuse('leave out the scheme; the address that browsers see is INTRALLM_PUBLIC_URL');
  if (/^\[.*\]$/.test(text)) refuse('leave out the brackets');
  if (/:\d+$/.test(text)) refuse('leave out the port, which is PORT');
  if (text === '*') refuse('0.0.0.0 is every address of this machine');
  if (/^[\d.]+$/.test(text) || !HOST_NAME.test(text)) refuse('this is neither');
  return text;
}

/** An HTTP proxy, `http://[user:password@]host[:port]`. Throws ConfigError without a word of what is in it. */
export function readOutboundProxy(text: string): string {
  const refuse = (what: string): never => {
    throw new ConfigError('INTRALLM_OUTBOUND_PROXY', `must be http://[user:password@]host:port: ${what}`);
  };
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/\\]/i.test(text)) refuse('write http:// and the host');
  if (!/^http:/i.test(text))
    refuse('the proxy is spoken to by http, also for https endpoints; others are not supported');
  if (/\s/.test(text) || !URL.canParse(text)) {
    refuse('a / ? # @ or : in the user or the password is written %2F %3F %23 %40 or %3A');
  }
  const url = new URL(text);
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    // A % that begins no escape: it could stand for itself, or be half of one.
    refuse('a % in the user or the password is written %25');
  }
  if (url.pathname !== '/' || /[?#]/.test(text)) refuse('leave out everything behind the port');
  if (url.port === '0') refuse('0 is no port');
  return text;
}
