// What the status of an endpoint's answer means for the next step: see the table of docs/gateway.md.

/**
 * Whoever stands before the endpoint says that it could not be reached: 502, 504, and the numbers that Cloudflare gave
 * itself for the same (520 to 527, and 530).
 */
export const isProxyFailure = (status: number): boolean =>
  status === 502 || status === 504 || (status >= 520 && status <= 527) || status === 530;

/** It asks to be left alone for a while. 529 is what some model servers say in place of 503. */
export const isPauseRequest = (status: number): boolean => status === 429 || status === 503 || status === 529;

/** It refuses the request: for the sake of our key, or of what is asked. Which of both, the status does not tell. */
export const isRefusal = (status: number): boolean => status === 401 || status === 403;

export const isRedirect = (status: number): boolean => status >= 300 && status < 400;

/** The way to it leads back to us, or round in a circle. */
const isLoop = (status: number): boolean => status === 508;

/** Answers after which another endpoint may be asked. 408: it did not see the request come, and did nothing for it. */
export const mayAskAnother = (status: number): boolean =>
  isRedirect(status) ||
  isRefusal(status) ||
  isPauseRequest(status) ||
  isProxyFailure(status) ||
  isLoop(status) ||
  status === 408;

/** RFC 9110, sections 15.3.5 and 15.3.6: what an endpoint sends behind such a head is no part of the answer. */
export const hasNoBody = (status: number): boolean => status === 204 || status === 205;
