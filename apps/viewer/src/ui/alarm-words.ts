import type { Alarm } from '@peekaboo/shared/alarm';
import { clockWithSeconds, dayAndClock } from './times.ts';
import { onDay, type Saying, type TimeFrame } from './words.ts';

const call = 'Call whoever looks after the server';

/** An alarm for staff in a hurry: what it means for those who watch, since when, what to do, whom to call. */
export function alarmSaying(alarm: Alarm, frame: TimeFrame): Saying {
  const { now, timeZone } = frame;
  const since = `Since ${dayAndClock(alarm.since, now, timeZone)}.`;
  switch (alarm.kind) {
    case 'store-gone':
      return {
        title: 'No picture may be shown: the server cannot read what is on hold',
        text: `${since} A cut still works; it stays “not confirmed” meanwhile. Pictures come back by themselves. ${call}: its store does not answer.`,
      };
    case 'hold-unsaved':
      return {
        title: 'No picture may be shown: a cut could not be saved yet',
        text: `${since} The cut is in force. If the server restarts before it is saved, it is forgotten. ${call}: its disk may be full.`,
      };
    case 'ledger-unwritable': {
      const end = clockWithSeconds(alarm.viewsEndAt, timeZone);
      return {
        title: alarm.viewsEndAt > now ? `No one new can watch, and at ${end} every picture goes dark` : 'No picture may be shown',
        text: `${since} The server cannot write down who watches. A cut still works; it stays “not confirmed” meanwhile. ${call}: its disk may be full.`,
      };
    }
    case 'store-went-back':
      return {
        title: 'Check what is on hold: the server’s memory was set back',
        text: `At ${dayAndClock(alarm.since, now, timeZone)}. It was given back what the server still knew. If something is missing below that should be dark, cut it again. Tell whoever looks after the server. This note stays for a day.`,
      };
    case 'store-not-durable':
      return {
        title: 'A power cut could undo a cut',
        text: `Everything works. Ask whoever looks after the server to mend the settings of Redis: ${alarm.gaps.join('; ')}.`,
      };
    case 'sfu-lost':
      return {
        title: `${alarm.sfu} is lost: its cameras show nothing`,
        text: `${since} It went dark by itself. Is its machine on, and on the network? If it is, call whoever looks after it. This note goes when it is back, or after a day.`,
      };
    case 'sfu-silent':
      return {
        title: `${alarm.sfu} does not answer: its cameras show nothing`,
        text: `${since} Its permission to show pictures has run out. If it does not come back within a minute, call whoever looks after it.`,
      };
    case 'sfu-dark':
      return {
        title: `${alarm.sfu} waits: its cameras show nothing`,
        text: `${since} It shows pictures as soon as it knows what is on hold. If that takes longer than a minute, call whoever looks after it.`,
      };
    case 'sfu-ahead-of-store':
      return {
        title: `${alarm.sfu} stays dark: it remembers cuts that the server has forgotten`,
        text: `${since} It does not come back by itself. Cut what should be dark, then call whoever looks after the server.`,
      };
    case 'sfu-unguarded':
      return {
        title: `${alarm.sfu} shows nothing: its guard is not running`,
        text: `${since} Without a guard no picture is safe, so there is none. Call whoever looks after it.`,
      };
    case 'sfu-pass-ending':
      return {
        title: `${alarm.sfu} goes dark ${onDay(alarm.endsAt, frame)} unless its pass is renewed`,
        text: `Everything works until then. ${call}: it is “npm run sfu-pass”, if “npm start” does not do it by itself.`,
      };
    default:
      return alarm satisfies never;
  }
}

/** Whether somebody who should see a picture may see none. */
export function isDarkening({ kind }: Alarm): boolean {
  return kind !== 'store-went-back' && kind !== 'store-not-durable' && kind !== 'sfu-pass-ending';
}
