/**
 * The fields that may be logged, at any depth. A list of what is secret is never complete; this one may be short without harm.
 * Nothing here names a person, an address, or what somebody could get in with.
 */
const fields = new Set(
  [
    'alarm kind name code reason cause state order scope namespace limit durable since viewsEndAt endsAt gaps left entries times',
    'from certificate packets receipt hold holds view views viewsClosed room rooms guardian guardians staff camera cameras sfu worker workers video sound action because profileLevelId',
    'revision storeRevision knownRevision sfuRevision acknowledgements file bytes sha256 keptIn host port url path expires',
    'ms seconds tookMs afterMs darkByMs totalMs retryMs unwritableMs',
    'err type message stack',
  ].flatMap((line) => line.split(' ')),
);
const deepest = 6;

/** What may be written of a value: listed fields only, every text scrubbed, errors by type, message, code, stack and cause. */
export function loggable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubbed(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
  if (depth >= deepest) return '[too deep]';
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => loggable(item, depth + 1));
  const entries = value instanceof Error ? entriesOf(value) : Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, fields.has(key) ? loggable(item, depth + 1) : '[not listed in loggable.ts]']),
  );
}

function entriesOf(error: Error & { code?: unknown }): [string, unknown][] {
  const { name, message, stack, code, cause } = error;
  return Object.entries({ type: name, message, ...(code !== undefined && { code }), stack, ...(cause !== undefined && { cause }) });
}

/** A text without what looks like a pass or a proof (a compact JWS), a login in an address, or an SDP. */
export function scrubbed(text: string): string {
  if (/\bv=0\\?[\r\n\\]|\ba=(ice-pwd|ice-ufrag|fingerprint|candidate|crypto):/.test(text)) return '[redacted: an SDP]';
  return text.replace(/\beyJ[\w-]*(\.[\w-]*)+/g, '[redacted]').replace(/:\/\/[^\s"']*@/g, '://[redacted]@');
}
