/** What a link may carry behind `#`. */
export type Fragment = { invite: string | null; room: string | null; place: string | null };

/** Reads `#invite=…&room=…&place=…`; unknown keys are ignored. */
export function readFragment(hash: string): Fragment {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  return { invite: fields.get('invite') || null, room: fields.get('room') || null, place: fields.get('place') || null };
}

/** Reads the address bar's fragment and takes an invite out of it at once, so that it stays in no history, bookmark or screenshot. */
export function takeFragment(): Fragment {
  const fragment = readFragment(location.hash);
  if (fragment.invite) history.replaceState(history.state, '', addressOf(fragment.room));
  return fragment;
}

/** This page's own address, with a room to open or without. */
export function addressOf(room: string | null): string {
  return `${location.pathname}${location.search}${room ? `#room=${encodeURIComponent(room)}` : ''}`;
}
