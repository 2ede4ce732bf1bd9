import { takeFragment } from './fragment.ts';
import { type Link, openLink } from './socket.ts';

/** Opens the page's link: with the invite of the address bar, else as whom this browser is known; an invite opened later in this tab takes over. */
export function signIn(page: 'guardian' | 'staff', namespace: string, onNewInvite: () => void = () => {}): Link {
  const link = openLink(page, namespace);
  link.open(takeFragment().secret);
  addEventListener('hashchange', () => {
    const { secret } = takeFragment();
    if (!secret) return;
    onNewInvite();
    link.open(secret);
  });
  hurryOnReturn(link);
  return link;
}

/** A phone that wakes up or finds its network again connects at once. */
function hurryOnReturn(link: Link): void {
  document.addEventListener('visibilitychange', () => !document.hidden && link.hurry());
  addEventListener('online', () => link.hurry());
  addEventListener('pageshow', (event) => event.persisted && link.hurry());
}
