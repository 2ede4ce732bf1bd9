import type { Ports } from '../../../tests/support/capture.ts';
import type { CrowdTarget } from '../../load/crowd.ts';
import type { CutOrder } from '../../load/observe-cut.ts';
import type { SystemProcess } from '../../load/system-processes.ts';

export const contenderNames = ['peekaboo', 'bare', 'bareUntuned', 'janus'] as const;
export type ContenderName = (typeof contenderNames)[number];

/** A server that is running, with one picture to watch: what is measured. */
export type Contender = {
  /** Where viewers go. */
  target: CrowdTarget;
  /** `worker` is what forwards media; `camera` is ffmpeg, which is nobody's merit. */
  processes: SystemProcess[];
  /** From where its media comes; undefined when its offers name all ports there are. */
  mediaPorts: Ports | undefined;
  cut: CutOrder;
  /** After a cut: lets viewers in again. */
  reopen(): Promise<void>;
  stop(): Promise<void>;
};
