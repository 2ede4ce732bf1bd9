/**
 * Whether a compact JWS (RFC 7515 section 3.1) is written the one way there is: jose, like most, reads base64url with blanks
 * in it, and base64url leaves spare bits at its end. A token that can be written in many ways is many tokens to a replay memory.
 */
export function isExactJws(token: string): boolean {
  const parts = token.split('.');
  return parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

/** Whether the claims are written as this house's issuer writes them: each once, without blanks. What is said twice can be read in two ways. */
export function saysOnce(token: string): boolean {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return JSON.stringify(JSON.parse(claims)) === claims;
}
