import { useSignalEffect } from '@preact/signals';
import { canReceive } from '../net/peer.ts';
import { Header } from '../ui/header.tsx';
import { Notice } from '../ui/notice.tsx';
import { timeFrame } from '../ui/time-frame.ts';
import { guardianWords, pictureSaying, sentences, unfitWords } from '../ui/words.ts';
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
  if (!canReceive) return <Notice saying={guardianWords.noBrowser} state="unsupported" />;
  const link = session.link.state.value;
  const snapshot = session.snapshot.value;
  const watching = session.watching.value;
  switch (link.state) {
    case 'no-pass':
      return <Notice saying={{ title: guardianWords.signedOut, text: sentences.PASS_MISSING }} state="signed-out" />;
    case 'unfit':
      return <Notice saying={unfitWords[link.lacks]} state="unfit" />;
    case 'refused':
      return <Notice saying={{ title: guardianWords.linkRefused, text: sentences[link.code] }} state="signed-out" />;
    case 'connecting':
    case 'connected':
    case 'lost':
      if (watching) return <Room key={watching.room} session={session} watching={watching} />;
      if (snapshot) return <RoomList session={session} snapshot={snapshot} stale={link.state !== 'connected'} />;
      return <Notice saying={guardianWords.connecting} state="connecting" />;
    default:
      return link satisfies never;
  }
}

function tabTitle(session: Session): string {
  const watching = session.watching.value;
  const snapshot = session.snapshot.value;
  const room = snapshot?.rooms.find(({ id }) => id === watching?.room);
  if (!watching || !snapshot || !room) return guardianWords.tabTitle(null, null);
  return guardianWords.tabTitle(room.name, pictureSaying(watching.picture.value, timeFrame(snapshot.nursery.timeZone)).title);
}
