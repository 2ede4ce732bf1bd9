import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { Header } from '../ui/header.tsx';
import { Notice } from '../ui/notice.tsx';
import { clockWithSeconds } from '../ui/times.ts';
import { guardianWords, sentences, staffWords, unfitWords } from '../ui/words.ts';
import { Alarms } from './alarms.tsx';
import { CutBar } from './cut-bar.tsx';
import { Holds } from './holds.tsx';
import { HoursPlace } from './hours.tsx';
import { Menu } from './menu.tsx';
import { Results } from './results.tsx';
import { Rooms } from './rooms.tsx';
import type { Session } from './session.ts';

export function App({ session }: { session: Session }) {
  return (
    <>
      <Header nursery={session.snapshot.value?.nursery.nursery.name ?? null} page={staffWords.page} />
      <Content session={session} />
    </>
  );
}

function Content({ session }: { session: Session }) {
  const link = session.link.state.value;
  if (link.state === 'no-pass' || link.state === 'refused' || link.state === 'unfit') {
    const saying =
      link.state === 'refused'
        ? { title: guardianWords.linkRefused, text: sentences[link.code] }
        : link.state === 'unfit'
          ? unfitWords[link.lacks]
          : { title: guardianWords.signedOut, text: sentences.PASS_MISSING };
    return (
      <main>
        <Results session={session} nursery={null} />
        <Notice saying={saying} state="signed-out" />
      </main>
    );
  }
  const known = session.snapshot.value;
  if (!known) {
    return (
      <main>
        <Notice saying={staffWords.connecting} state="connecting" />
      </main>
    );
  }
  const { nursery, receivedAt } = known;
  const stale = link.state !== 'connected';
  return (
    <>
      <div class="on-top">
        {stale && (
          <p class="banner" role="alert" data-state="lost">
            {staffWords.stale(clockWithSeconds(receivedAt, nursery.nursery.timeZone))}
          </p>
        )}
        <Results session={session} nursery={nursery} />
      </div>
      <main>
        {!stale && <Alarms nursery={nursery} />}
        <Menu place={session.place.value} />
        <Shown session={session} nursery={nursery} stale={stale} />
      </main>
      <CutBar session={session} nursery={nursery} />
    </>
  );
}

/** One place of the page. */
function Shown({ session, nursery, stale }: { session: Session; nursery: NurserySnapshot; stale: boolean }) {
  const place = session.place.value;
  switch (place) {
    case 'rooms':
      return (
        <>
          <Rooms session={session} nursery={nursery} stale={stale} />
          <Holds link={session.link} nursery={nursery} />
        </>
      );
    case 'hours':
      return <HoursPlace session={session} nursery={nursery} />;
    default:
      return place satisfies never;
  }
}
