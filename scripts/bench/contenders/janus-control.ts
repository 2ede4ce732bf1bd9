import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const answersWithinMs = 10_000;

const answer = z.object({
  janus: z.literal('success'),
  data: z.object({ id: z.number() }).optional(),
  plugindata: z.object({ data: z.record(z.string(), z.unknown()) }).optional(),
});
const mountpoints = z.object({ info: z.object({ viewers: z.number() }) });

/** Orders to Janus' streaming plugin by plain HTTP, on a port that nothing else uses: so that they can be seen on the wire. */
export class JanusControl {
  readonly #port: number;
  readonly #path: string;

  private constructor(port: number, path: string) {
    this.#port = port;
    this.#path = path;
  }

  /** Waits until the server listens. */
  static async open(port: number, withinMs: number): Promise<JanusControl> {
    const by = performance.now() + withinMs;
    for (;;) {
      try {
        const session = `/janus/${(await post(port, '/janus', { janus: 'create' })).data?.id}`;
        const handle = await post(port, session, { janus: 'attach', plugin: 'janus.plugin.streaming' });
        return new JanusControl(port, `${session}/${handle.data?.id}`);
      } catch (error) {
        if (performance.now() > by) throw error;
        await delay(50);
      }
    }
  }

  /** @throws Error with Janus' own words when it refuses. */
  async tell(body: object): Promise<unknown> {
    const { plugindata } = await post(this.#port, this.#path, { janus: 'message', body });
    if (plugindata?.data.error) throw new Error(`Janus: ${plugindata.data.error}`);
    return plugindata?.data;
  }

  async viewers(id: number): Promise<number> {
    return mountpoints.parse(await this.tell({ request: 'info', id })).info.viewers;
  }
}

/** The order and its headers leave in one packet. */
function post(port: number, path: string, message: object): Promise<z.infer<typeof answer>> {
  const { promise, resolve, reject } = Promise.withResolvers<z.infer<typeof answer>>();
  const asked = request({ host: '127.0.0.1', port, path, method: 'POST', timeout: answersWithinMs }, async (response) => {
    try {
      resolve(answer.parse(JSON.parse(Buffer.concat(await response.toArray()).toString())));
    } catch (error) {
      reject(error as Error);
    }
  });
  asked.once('error', reject);
  asked.once('timeout', () => asked.destroy(new Error('Janus did not answer')));
  asked.end(JSON.stringify({ ...message, transaction: 't' }));
  return promise;
}
