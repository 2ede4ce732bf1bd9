import { useSignalEffect } from '@preact/signals';
import { guardianWords, pictureSaying } from '../ui/guardian-words.ts';
import { Header } from '../ui/header.tsx';
import { Notice } from '../ui/notice.tsx';
import { Outside } from '../ui/outside.tsx';
import { timeFrame } from '../ui/time-frame.ts';
import { outsideSaying } from '../ui/words.ts';
import { Room } from './room.tsx';
import { RoomList } from './room-list.tsx';
import type { Session } from './session.ts';

export function App({ session }: { session: Session }) {
  useSignalEffect(() => {
    document.title = tabTitle(session);
  });
  return (
    <>
      <Header nursery={session.snapshot.value?.nursery.name ?? null} page={null} />
      <main>
        <Content session={session} />
      </main>
    </>
  );
}

function Content({ session }: { session: Session }) {
  const link = session.link.state.value;
  const snapshot = session.snapshot.value;
  const watching = session.watching.value;
  const outside = outsideSaying(link, guardianWords.noLink);
  if (outside) return <Outside link={session.link} saying={outside} />;
  if (!snapshot && link.state === 'lost') return <Notice saying={guardianWords.noConnection} state="lost" />;
  if (watching) return <Room key={watching.room} session={session} watching={watching} />;
  if (snapshot) return <RoomList session={session} snapshot={snapshot} stale={link.state !== 'connected'} />;
  return <Notice saying={guardianWords.connecting} state="connecting" />;
}

function tabTitle(session: Session): string {
  const watching = session.watching.value;
  const snapshot = session.snapshot.value;
  const room = snapshot?.rooms.find(({ id }) => id === watching?.room);
  if (!watching || !snapshot || !room) return guardianWords.tabTitle(null, null);
  return guardianWords.tabTitle(room.name, pictureSaying(watching.picture.value, timeFrame(snapshot.nursery.timeZone)).title);
}
