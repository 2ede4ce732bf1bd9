import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { StaffPage } from '../support/staff-page.ts';
import type { System } from '../support/system.ts';
import { until } from '../support/until.ts';
import type { Fault } from './fault.ts';

const crowdSize = 1_000;
const connectingAtOnce = 50;

/** Guardians who come all at once. */
export const crowdFaults: Fault[] = [
  {
    name: '1,000 guardians join',
    needsTheMachine: true,
    arm() {
      let crowd: HeadlessViewer[] = [];
      let joining: Promise<unknown> = Promise.resolve();
      return {
        ready: async (system) => {
          crowd = await connectCrowd(system);
        },
        inject: () => {
          joining = Promise.allSettled(crowd.map((viewer) => viewer.watch('sunflowers')));
        },
        inspect: async (system) => {
          await joining;
          const staff = await StaffPage.connect(system.url, await system.pass('staff'));
          await until('nobody is counted', () => staff.viewersIn('sunflowers') === 0);
          staff.close();
        },
        close: () => {
          for (const viewer of crowd) viewer.close();
        },
      };
    },
  },
];

async function connectCrowd(system: System): Promise<HeadlessViewer[]> {
  const crowd: HeadlessViewer[] = [];
  const connectInTurn = async () => {
    while (crowd.length < crowdSize) {
      const place = crowd.push(await HeadlessViewer.connect(system.url, await system.pass('guardian')));
      if (place > crowdSize) crowd.pop()?.close();
    }
  };
  await Promise.all(Array.from({ length: connectingAtOnce }, connectInTurn));
  return crowd;
}
