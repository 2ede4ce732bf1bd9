import type { EditedHours, HoursSource } from '@peekaboo/shared/hours';
import type { Nursery, Room as RoomOfFile } from './config.ts';

type File = { nursery: Nursery; rooms: ReadonlyMap<string, RoomOfFile> };

/** A room as it counts now. */
export type Room = RoomOfFile & { from: HoursSource };

/** The rooms of the file, each with the hours that staff have set in place of the file's, if they have. */
export class Rooms {
  #file: File;
  #edits: ReadonlyMap<string, EditedHours> = new Map();
  #current: ReadonlyMap<string, Room>;

  constructor(file: File) {
    this.#file = file;
    this.#current = this.#merged();
  }

  get nursery(): Nursery {
    return this.#file.nursery;
  }

  get all(): Room[] {
    return [...this.#current.values()];
  }

  get(id: string): Room | undefined {
    return this.#current.get(id);
  }

  has(id: string): boolean {
    return this.#current.has(id);
  }

  /** Takes over what the file says now. Returns the rooms that are new, gone or otherwise than before. */
  useFile(file: File): string[] {
    const before = this.#file.rooms;
    this.#file = file;
    this.#current = this.#merged();
    const ids = new Set([...before.keys(), ...file.rooms.keys()]);
    return [...ids].filter((id) => JSON.stringify(before.get(id)) !== JSON.stringify(file.rooms.get(id)));
  }

  /** @param edits by `keyOfEdit` */
  useEdits(edits: ReadonlyMap<string, EditedHours>): void {
    this.#edits = edits;
    this.#current = this.#merged();
  }

  #merged(): Map<string, Room> {
    return new Map([...this.#file.rooms].map(([id, room]) => [id, this.#withEdits(room)]));
  }

  #withEdits(room: RoomOfFile): Room {
    const edit = this.#edits.get(keyOfEdit({ nursery: room.nursery, room: room.id }));
    if (!edit?.hours) return { ...room, from: { source: 'file' } };
    return { ...room, hours: edit.hours, from: { source: 'staff', by: edit.by, at: edit.at } };
  }
}

/** Room ids differ within a nursery only. */
export function keyOfEdit({ nursery, room }: { nursery: string; room: string }): string {
  return `${nursery}/${room}`;
}
