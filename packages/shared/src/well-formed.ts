/**
 * With half character pairs replaced: they have no canonical form, and so cannot be signed (RFC 8785 section 3.2.2.2). Does what
 * `String.prototype.toWellFormed` does, which is younger than the browsers of some offices.
 */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
