const day = ['00:00-24:00'];
export const alwaysOpen = { weekly: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day } };

type Overrides = {
  rooms?: unknown[];
  cameras?: unknown[];
  sfu?: object;
  viewsPerGuardian?: number;
  timeZone?: string;
  limits?: object;
  trustProxy?: string[];
};

/** Willow House with two rooms that are always open and a test picture each, unless told otherwise. */
export function nurseryConfig({ rooms, cameras, sfu = {}, viewsPerGuardian = 4, timeZone = 'Europe/London', ...more }: Overrides = {}) {
  return {
    nursery: { id: 'willow-house', name: 'Willow House', timeZone },
    rooms: rooms ?? [
      { id: 'sunflowers', name: 'Sunflowers', hours: alwaysOpen },
      { id: 'bluebells', name: 'Bluebells', hours: alwaysOpen },
    ],
    viewsPerGuardian,
    ...more,
    sfu: { id: 'sfu-1', workers: 2, listenAddresses: ['127.0.0.1'], ...sfu },
    cameras: cameras ?? [
      { id: 'sunflowers-1', room: 'sunflowers', kind: 'test-picture' },
      { id: 'bluebells-1', room: 'bluebells', kind: 'test-picture' },
    ],
  };
}
