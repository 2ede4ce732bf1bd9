import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { niceness, setNiceness } from '@peekaboo/shared/priority';
import { openIssuer } from '../../../apps/signal/src/identity/issuer.ts';
import { makeScratchFolder } from '../../load/scratch-folder.ts';
import type { SystemProcess } from '../../load/system-processes.ts';
import type { Contender } from './contender.ts';

const program = fileURLToPath(new URL('../bare-mediasoup.ts', import.meta.url));

type Ready = { port: number; controlPort: number; workers: number[]; camera: number };

/** mediasoup and no application; see bare-mediasoup.ts. */
export async function startBare({ untuned }: { untuned: boolean }): Promise<Contender> {
  const { path: dataFolder, remove } = makeScratchFolder('peekaboo-bench-');
  await openIssuer(dataFolder); // viewers of all contenders make passes, whether they are asked for or not
  const child = fork(program, untuned ? ['--untuned'] : [], { detached: true, stdio: ['ignore', 2, 2, 'ipc'] });
  setNiceness(child.pid as number, niceness.timely); // as Peekaboo's own
  const ended = once(child, 'exit');
  const refused = ended.then(() => Promise.reject(new Error('bare mediasoup did not start; its own words are above')));
  const [{ port, controlPort, workers, camera }] = (await Promise.race([once(child, 'message'), refused])) as [Ready];
  refused.catch(() => undefined);
  const control = connect(controlPort, '127.0.0.1').setNoDelay(true);
  await once(control, 'connect');
  const processes: SystemProcess[] = [
    { pid: child.pid as number, part: 'sfu' },
    ...workers.map((pid) => ({ pid, part: 'worker' as const })),
    { pid: camera, part: 'camera' },
  ];
  return {
    target: { url: `http://127.0.0.1:${port}`, dataFolder, nursery: 'bench', rooms: ['bench'], protocol: 'peekaboo' },
    processes,
    mediaPorts: undefined,
    cut: {
      give: async () => {
        control.write('cut\n');
        const [viewers] = await once(control, 'data');
        return { viewers: Number(viewers), confirmed: true };
      },
      orders: { ordersTo: controlPort },
      isOrder: ({ payload }) => payload.toString('latin1').startsWith('cut\n'),
    },
    reopen: async () => undefined,
    stop: async () => {
      control.destroy();
      child.disconnect();
      const overdue = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(overdue);
      remove();
    },
  };
}
