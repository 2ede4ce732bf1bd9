const validForMs = 180 * 86_400_000;

/**
 * RFC 9116: whom to tell about a security problem. `Expires` is required, and at most a year ahead. What the request calls this server is
 * nothing that it could vouch for, so without an `origin` of its own it names none.
 */
export function securityTxt(contact: string, origin: string | undefined, now: number): string {
  const day = new Date(now + validForMs).toISOString().slice(0, 10);
  return [
    `Contact: ${contact}`,
    `Expires: ${day}T00:00:00Z`,
    'Preferred-Languages: en',
    ...(origin === undefined ? [] : [`Canonical: ${origin}/.well-known/security.txt`]),
    '',
  ].join('\n');
}
