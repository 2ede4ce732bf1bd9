import { effect } from '@preact/signals';
import { takeFragment } from './fragment.ts';
import { type PassBox, passBox } from './pass-box.ts';
import { type Link, openLink } from './socket.ts';

/** Opens the page's link with the pass of the address bar, else with the one kept from before; a link opened later in this tab takes over. */
export function signIn(page: 'guardian' | 'staff', namespace: string, onNewPass: () => void = () => {}): Link {
  const link = openLink(namespace);
  const box = passBox(page);
  const first = takeFragment().pass;
  if (first) start(link, box, first);
  else void box.read().then((kept) => link.use(kept));

  addEventListener('hashchange', () => {
    const { pass } = takeFragment();
    if (!pass) return;
    onNewPass();
    start(link, box, pass);
  });
  hurryOnReturn(link);
  return link;
}

function start(link: Link, box: PassBox, pass: string): void {
  const kept = box.keep(pass);
  link.use(pass);
  const stop = effect(() => {
    const { state } = link.state.value;
    if (state === 'connected' || state === 'refused') queueMicrotask(() => stop());
    if (state === 'refused') void kept.then(() => box.takeBack(pass));
  });
}

/** A phone that wakes up or finds its network again connects at once. */
function hurryOnReturn(link: Link): void {
  document.addEventListener('visibilitychange', () => !document.hidden && link.hurry());
  addEventListener('online', () => link.hurry());
  addEventListener('pageshow', (event) => event.persisted && link.hurry());
}
