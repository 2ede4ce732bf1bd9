import type { RoomsSnapshot } from '@peekaboo/shared/wire';
import { useEffect, useRef } from 'preact/hooks';
import { guardianWords, pictureSaying } from '../ui/guardian-words.ts';
import { Notice } from '../ui/notice.tsx';
import { timeFrame } from '../ui/time-frame.ts';
import { pictureOf } from './picture.ts';
import type { Session } from './session.ts';

type Room = RoomsSnapshot['rooms'][number];

/** The rooms of the pass, each with its state; one tap watches. */
export function RoomList({ session, snapshot, stale }: { session: Session; snapshot: RoomsSnapshot; stale: boolean }) {
  const lastCard = useRef<HTMLButtonElement>(null);
  useEffect(() => lastCard.current?.focus({ preventScroll: true }), []);
  if (snapshot.rooms.length === 0) return <Notice saying={guardianWords.noRooms} state="no-rooms" />;
  return (
    <>
      {stale && <Notice saying={guardianWords.noConnection} state="lost" />}
      <h2 class="section-title">{guardianWords.rooms}</h2>
      <ul class={stale ? 'room-list stale' : 'room-list'}>
        {snapshot.rooms.map((room) => (
          <li key={room.id}>
            <button
              type="button"
              class="room-card"
              data-action="watch"
              data-room={room.id}
              ref={room.id === session.lastRoom() ? lastCard : null}
              onClick={() => session.watch(room.id)}
            >
              <span class="room-name">{room.name}</span>
              <span class={`room-state is-${room.state.state}`}>{stateInList(room, snapshot.nursery.timeZone)}</span>
              <span class="room-go" aria-hidden="true">
                {guardianWords.watch}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function stateInList(room: Room, timeZone: string): string {
  if (room.state.state === 'open') return guardianWords.open;
  const picture = pictureOf({ link: 'connected', room: room.state, view: { ended: null }, shownBefore: false });
  return pictureSaying(picture, timeFrame(timeZone)).title;
}
