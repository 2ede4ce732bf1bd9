import { includesRight } from '@peekaboo/shared/entitlement';
import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { cameraLine, staffRoomState, staffWords } from '../ui/staff-words.ts';
import { timeFrame } from '../ui/time-frame.ts';
import { CutButton } from './cut-button.tsx';
import type { Session } from './session.ts';

type RoomsProps = { session: Session; nursery: NurserySnapshot; stale: boolean };

/** The rooms: who watches, how the cameras are, and a Cut for each. */
export function Rooms({ session, nursery: { nursery, rooms, right }, stale }: RoomsProps) {
  const frame = timeFrame(nursery.timeZone);
  return (
    <section>
      <h2 class="section-title">{staffWords.rooms}</h2>
      <ul class="staff-rooms">
        {rooms.map((room) => {
          const held = room.state.state === 'held';
          return (
            <li key={room.id} class={`staff-room is-${room.state.state}`} data-room={room.id} data-state={room.state.state}>
              <div class={stale ? 'room-facts stale' : 'room-facts'}>
                <h3>{room.name}</h3>
                <p class={room.viewers > 0 ? 'viewers some' : 'viewers'} data-viewers={room.viewers}>
                  {staffWords.watching(room.viewers)}
                </p>
                <p class={`room-state is-${room.state.state}`}>{staffRoomState(room.state, frame)}</p>
                <ul class="cameras">
                  {room.cameras.map((camera) => (
                    <li key={camera.camera} class={`camera is-${camera.state}`}>
                      <span class="dot" aria-hidden="true" />
                      {cameraLine(camera)}
                    </li>
                  ))}
                </ul>
              </div>
              {includesRight(right, 'cut') && (
                <CutButton
                  action="cut-room"
                  session={session}
                  scope={{ kind: 'room', nursery: nursery.id, room: room.id }}
                  label={staffWords.cutRoomLabel(room.name)}
                  quiet={held}
                >
                  {held ? staffWords.cutAgain : staffWords.cut}
                </CutButton>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
