/** Where things are in Redis. The braces keep all keys in one slot of a cluster. */
export const redisKeys = {
  revision: '{peekaboo}:revision',
  holds: '{peekaboo}:holds',
  lifted: '{peekaboo}:lifted',
  hours: '{peekaboo}:hours',
  entitlements: '{peekaboo}:entitlements',
  changes: '{peekaboo}:changes',
  devices: '{peekaboo}:devices',
  invites: '{peekaboo}:invites',
  withdrawn: '{peekaboo}:withdrawn',
  /** Followed by the hash of a token: which Redis forgets by itself. */
  token: '{peekaboo}:token:',
  /** Followed by the id of somebody who was vouched for. */
  devicesOf: '{peekaboo}:devices-of:',
};

/** On which every new revision is announced. */
export const changeChannel = '{peekaboo}:changed';
