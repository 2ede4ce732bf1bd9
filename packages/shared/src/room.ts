import { z } from 'zod';
import { slug } from './ids.ts';

export const cameraState = z.enum(['starting', 'live', 'stalled', 'offline']);
export type CameraState = z.infer<typeof cameraState>;

/** A camera as its SFU reports it. `detail` is a plain sentence for the installer and holds no address or credential. */
export const cameraReport = z.strictObject({
  camera: slug,
  room: slug,
  state: cameraState,
  detail: z.string().max(300).optional(),
});
export type CameraReport = z.infer<typeof cameraReport>;

/** What a guardian may know of a room right now. Instants in milliseconds since the Unix epoch. */
export const roomState = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('open'), closesAt: z.number().nullable() }),
  z.strictObject({ state: z.literal('closed'), opensAt: z.number().nullable() }),
  z.strictObject({ state: z.literal('held'), since: z.number() }),
  z.strictObject({ state: z.literal('camera-not-live'), camera: cameraState }),
]);
export type RoomState = z.infer<typeof roomState>;
