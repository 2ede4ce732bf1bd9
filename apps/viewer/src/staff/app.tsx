import { includesRight } from '@peekaboo/shared/entitlement';
import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { Header } from '../ui/header.tsx';
import { Notice } from '../ui/notice.tsx';
import { Outside } from '../ui/outside.tsx';
import { rightMissing } from '../ui/people-words.ts';
import { staffWords } from '../ui/staff-words.ts';
import { clockWithSeconds } from '../ui/times.ts';
import { outsideSaying } from '../ui/words.ts';
import { Alarms } from './alarms.tsx';
import { CutBar } from './cut-bar.tsx';
import { Holds } from './holds.tsx';
import { HoursPlace } from './hours.tsx';
import { Menu } from './menu.tsx';
import { PeoplePlace } from './people-place.tsx';
import { placesWith } from './place.ts';
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
  const outside = outsideSaying(link, staffWords.noLink);
  if (outside) {
    return (
      <main>
        <Results session={session} nursery={null} />
        <Outside link={session.link} saying={outside} />
      </main>
    );
  }
  const known = session.snapshot.value;
  if (!known) {
    return (
      <main>
        {link.state === 'lost' ? (
          <Notice saying={staffWords.noConnection} state="lost" />
        ) : (
          <Notice saying={staffWords.connecting} state="connecting" />
        )}
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
        <Menu place={session.place.value} right={nursery.right} />
        <Shown session={session} nursery={nursery} stale={stale} />
      </main>
      {includesRight(nursery.right, 'cut') && <CutBar session={session} nursery={nursery} />}
    </>
  );
}

/** One place of the page. */
function Shown({ session, nursery, stale }: { session: Session; nursery: NurserySnapshot; stale: boolean }) {
  const place = placesWith(nursery.right).includes(session.place.value) ? session.place.value : 'rooms';
  switch (place) {
    case 'rooms':
      return (
        <>
          <Rooms session={session} nursery={nursery} stale={stale} />
          {includesRight(nursery.right, 'cut') ? (
            <Holds link={session.link} nursery={nursery} />
          ) : (
            <Notice saying={rightMissing} state="observing" />
          )}
        </>
      );
    case 'guardian':
    case 'staff':
      return <PeoplePlace key={place} session={session} nursery={nursery} role={place} />;
    case 'hours':
      return <HoursPlace session={session} nursery={nursery} />;
    default:
      return place satisfies never;
  }
}
