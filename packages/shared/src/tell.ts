import type { z } from 'zod';

/** Announcements by name. Declared in wire.ts only. */
export type Tells = Record<string, z.ZodType>;

/** Announces something to the other side; nothing comes back. */
export function tell<M extends Tells, K extends keyof M & string>(
  socket: { emit(name: string, ...args: unknown[]): unknown },
  _tells: M,
  name: K,
  message: z.input<M[K]>,
): void {
  socket.emit(name, message);
}

/** Listens to announcements. One that does not fit its schema is handed to `onMalformed` and otherwise ignored. */
export function onTells<M extends Tells>(
  socket: { on(name: string, listener: (message: unknown) => void): unknown },
  tells: M,
  handlers: { [K in keyof M]: (message: z.output<M[K]>) => void },
  onMalformed: (error: unknown, name: string) => void,
): void {
  for (const [name, schema] of Object.entries(tells)) {
    socket.on(name, (message) => {
      const parsed = schema.safeParse(message);
      if (parsed.success) handlers[name as keyof M](parsed.data as never);
      else onMalformed(parsed.error, name);
    });
  }
}
