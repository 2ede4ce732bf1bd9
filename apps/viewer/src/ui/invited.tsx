import type { Link } from '../net/socket.ts';
import { useCopying } from './copying.ts';
import { Notice } from './notice.tsx';
import { invited } from './words.ts';

/** Asked before a link that works once is used up: is this the browser that is to have it? `address` is the link. */
export function Invited({ link, address }: { link: Link; address: string }) {
  const { copy, copied } = useCopying(address);
  return (
    <Notice saying={invited.saying} state="invited">
      <div class="choice">
        <button type="button" class="primary" data-action="use-here" onClick={() => link.decide(true)}>
          {invited.use}
        </button>
        <button type="button" class="quiet" data-action="copy-link" onClick={() => void copy()}>
          {invited.copy}
        </button>
      </div>
      {copied.value && <p>{invited.copied}</p>}
      {copied.value === false && (
        <label class="link-to-copy">
          {invited.copyYourself}
          <input type="text" readOnly value={address} onFocus={(event) => event.currentTarget.select()} />
        </label>
      )}
    </Notice>
  );
}
