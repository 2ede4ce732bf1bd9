import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { alarmSaying, isDarkening } from '../ui/alarm-words.ts';
import { staffWords } from '../ui/staff-words.ts';
import { timeFrame } from '../ui/time-frame.ts';

/** What somebody has to look after: what it means for those who watch, what to do, whom to call. */
export function Alarms({ nursery: { nursery, sfus, alarms } }: { nursery: NurserySnapshot }) {
  const frame = timeFrame(nursery.timeZone);
  return (
    <div class="alarms" role="status">
      {sfus.length === 0 && <p class="alarm is-dark">{staffWords.noSfu}</p>}
      {alarms.map((alarm) => {
        const { title, text } = alarmSaying(alarm, frame);
        return (
          <section
            key={`${alarm.kind} ${'sfu' in alarm ? alarm.sfu : ''}`}
            class={isDarkening(alarm) ? 'alarm is-dark' : 'alarm'}
            data-alarm={alarm.kind}
          >
            <h2>{title}</h2>
            <p>{text}</p>
          </section>
        );
      })}
    </div>
  );
}
