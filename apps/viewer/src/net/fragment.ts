/** What a link lets this browser in with: an invite, or a token of the nursery's own identity provider. */
export type Secret = { kind: 'invite' | 'token'; text: string };

/** What a link may carry behind `#`. */
export type Fragment = { secret: Secret | null; room: string | null; place: string | null };

/** Reads `#invite=…` or `#token=…`, and `&room=…&place=…`; unknown keys are ignored. */
export function readFragment(hash: string): Fragment {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const kind = fields.has('token') ? 'token' : 'invite';
  const text = fields.get(kind);
  return { secret: text ? { kind, text } : null, room: fields.get('room') || null, place: fields.get('place') || null };
}

/** Reads the address bar's fragment and takes an invite or a token out of it at once, so that it stays in no history, bookmark or screenshot. */
export function takeFragment(): Fragment {
  const fragment = readFragment(location.hash);
  if (fragment.secret) history.replaceState(history.state, '', addressOf(fragment.room));
  return fragment;
}

/** The whole address of this page with a secret: the link as it was given. */
export function addressWith({ kind, text }: Secret): string {
  return `${location.origin}${location.pathname}#${kind}=${encodeURIComponent(text)}`;
}

/** This page's own address, with a room to open or without. */
export function addressOf(room: string | null): string {
  return `${location.pathname}${location.search}${room ? `#room=${encodeURIComponent(room)}` : ''}`;
}
