import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { guardianWords, pictureSaying } from '../ui/guardian-words.ts';
import { timeFrame } from '../ui/time-frame.ts';
import type { Picture } from './picture.ts';
import type { Session } from './session.ts';
import { SoundButton } from './sound-button.tsx';
import { Tile } from './tile.tsx';
import type { View } from './view.ts';
import type { Watching } from './watching.ts';

/** One room, open: its pictures while there are any, and always a true word about them. */
export function Room({ session, watching }: { session: Session; watching: Watching }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const snapshot = session.snapshot.value;
  const picture = watching.picture.value;
  const lastName = useRef<string>(guardianWords.unknownRoom);
  const name = snapshot?.rooms.find(({ id }) => id === watching.room)?.name ?? lastName.current;
  lastName.current = name;
  const saying = pictureSaying(picture, timeFrame(snapshot?.nursery.timeZone ?? 'UTC'));
  const hasOthers = (snapshot?.rooms.length ?? 0) > 1 || picture.kind === 'withdrawn';

  return (
    <section class="room" data-room={watching.room} data-state={picture.kind}>
      <div class="room-bar">
        <h2 ref={heading} tabIndex={-1}>
          {name}
        </h2>
        <button type="button" class="quiet" data-action="leave" data-room={watching.room} onClick={() => session.leave()}>
          {hasOthers ? guardianWords.backToRooms : guardianWords.close}
        </button>
      </div>
      <div class="stage">
        {watching.view.value && (
          <Pictures key={watching.view.value} view={watching.view.value} room={name} live={picture.kind === 'live'} />
        )}
        {picture.kind !== 'live' && picture.kind !== 'tap' && (
          <div class="cover" aria-hidden="true">
            {isBusy(picture) && <span class="spinner" />}
            <p class="cover-title">{saying.title}</p>
            <p class="cover-text">{saying.text}</p>
          </div>
        )}
      </div>
      <div class="room-foot">
        {/* Without a picture the cover says it all; here it is said aloud, once for each change. */}
        <p class={picture.kind === 'live' ? 'state' : 'screen-reader-only'} role="status">
          <span class="dot" aria-hidden="true" />
          <strong>{saying.title}</strong>
          <span class="state-text">{saying.text}</span>
        </p>
        {canTryNow(picture) && (
          <button type="button" class="quiet" data-action="watch" data-room={watching.room} onClick={() => watching.askNow()}>
            {guardianWords.tryNow}
          </button>
        )}
      </div>
    </section>
  );
}

/** The cameras of one view. A new view gets new elements, so that nothing of an old one can stay on the screen. */
function Pictures({ view, room, live }: { view: View; room: string; live: boolean }) {
  const audible = useSignal(false);
  const cameras = view.cameras.value;
  return (
    <>
      <div class={cameras.length > 1 ? 'tiles several' : 'tiles'}>
        {cameras.map((camera) => (
          <Tile
            key={camera.id}
            camera={camera}
            label={guardianWords.pictureOf(room, cameras.length > 1 ? camera.id : null)}
            audible={audible}
            named={cameras.length > 1}
          />
        ))}
      </div>
      {live && <SoundButton cameras={cameras} audible={audible} />}
    </>
  );
}

function canTryNow(picture: Picture): boolean {
  return picture.kind === 'reconnecting' || (picture.kind === 'refused' && picture.code !== 'ROOM_NOT_IN_PASS');
}

function isBusy(picture: Picture): boolean {
  return picture.kind === 'connecting' || picture.kind === 'reconnecting' || picture.kind === 'lost';
}
