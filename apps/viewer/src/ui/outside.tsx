import type { Link } from '../net/socket.ts';
import { Invited } from './invited.tsx';
import { Notice } from './notice.tsx';
import { replacing, type Saying } from './words.ts';

/** What there is instead of the page while this browser is not let in. */
export function Outside({ link, saying }: { link: Link; saying: Saying }) {
  const now = link.state.value;
  if (now.state === 'invited') return <Invited link={link} address={now.address} />;
  const { state } = now;
  return (
    <Notice saying={saying} state={state}>
      {state === 'replacing' && (
        <div class="choice">
          <button type="button" class="primary" data-action="keep-old" onClick={() => link.decide(false)}>
            {replacing.keep}
          </button>
          <button type="button" class="quiet" data-action="use-new" onClick={() => link.decide(true)}>
            {replacing.use}
          </button>
        </div>
      )}
    </Notice>
  );
}
