import { describe, expect, test } from 'vitest';
import { canCapture } from '../support/capture.ts';
import { canMakeLinks } from '../support/lossy-link.ts';
import { canMount } from '../support/small-disk.ts';
import { faults } from './faults.ts';
import { fewAtATime } from './few-at-a-time.ts';
import { trial } from './trial.ts';
import { verdict, type When } from './verdict.ts';

/** A few of the faults of `npm run faults`, of each kind one. They are side by side since they mostly wait. */
describe
  .skipIf(!canCapture() || !canMakeLinks || !canMount)
  .concurrent('every viewer is dark in time, by packet capture:', { timeout: 120_000 }, () => {
    const inTurn = fewAtATime(1);

    test.for<[string, When]>([
      ['link signal-SFU black-holed', 'during'],
      ['orders duplicated and reordered', 'during'],
      ['the whole SFU (Node, guard, workers, ffmpeg) frozen', 'before'],
      ['the whole SFU (Node, guard, workers, ffmpeg) frozen', 'after'],
      ['disk full under the store', 'during'],
      ['deploy: signal, then the SFU, stopped and started again', 'during'],
    ])('%s, %s a cut', async ([name, when]) => {
      const fault = faults.find((each) => each.name === name);
      if (!fault) throw new Error('there is no such fault');
      const { lastMs, after, limitMs } = verdict(fault, when, await trial(fault, when, inTurn));
      console.log(`${name}, ${when} a cut: last media packet ${lastMs.toFixed(0)} ms after the ${after}`);
      expect(lastMs).toBeLessThanOrEqual(limitMs);
    });
  });
