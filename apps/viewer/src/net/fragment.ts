/** What a link may carry behind `#`. */
export type Fragment = { pass: string | null; room: string | null; place: string | null };

/** Reads `#pass=…&room=…&place=…`; unknown keys are ignored. */
export function readFragment(hash: string): Fragment {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  return { pass: fields.get('pass') || null, room: fields.get('room') || null, place: fields.get('place') || null };
}

/** Reads the address bar's fragment and takes a pass out of it at once, so that it stays in no history, bookmark or screenshot. */
export function takeFragment(): Fragment {
  const fragment = readFragment(location.hash);
  if (fragment.pass) history.replaceState(history.state, '', addressOf(fragment.room));
  return fragment;
}

/** This page's own address, with a room to open or without. */
export function addressOf(room: string | null): string {
  return `${location.pathname}${location.search}${room ? `#room=${encodeURIComponent(room)}` : ''}`;
}
