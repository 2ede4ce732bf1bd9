/*
 * The changes of the Redis store, as Lua scripts: each happens whole or not at all, and none sees half of another.
 * KEYS: the revision; holds in force (id -> "ORDER JSON"); lifted ones (id -> JSON of the lift); edited hours ("nursery/room" ->
 * "AT JSON"). The last ARGV is the channel on which the new revision is announced.
 */

/** ARGV: id, body of the hold. Returns the revision. */
export const addScript = `
  if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 or redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 then
    return tonumber(redis.call('GET', KEYS[1]) or '0')
  end
  local revision = redis.call('INCR', KEYS[1])
  redis.call('HSET', KEYS[2], ARGV[1], revision .. ' ' .. ARGV[2])
  redis.call('PUBLISH', ARGV[3], revision)
  return revision
`;

/** ARGV: id, nursery, the lift as JSON. Returns the revision, -1 when there is no such hold in this nursery, or -2 when it is final. */
export const liftScript = `
  local entry = redis.call('HGET', KEYS[2], ARGV[1])
  if not entry then return -1 end
  local hold = cjson.decode(string.sub(entry, string.find(entry, ' ') + 1))
  if hold.scope.nursery ~= ARGV[2] then return -1 end
  if hold.final then return -2 end
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
  local revision = redis.call('INCR', KEYS[1])
  redis.call('PUBLISH', ARGV[4], revision)
  return revision
`;

/** ARGV: known revision, JSON of [{id, body}], JSON of lifted ids. Returns the new revision, or -1 when nothing was lost. */
export const reassertScript = `
  local stored, known = tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[1])
  local missing, ending = {}, {}
  for _, hold in ipairs(cjson.decode(ARGV[2])) do
    if redis.call('HEXISTS', KEYS[2], hold.id) == 0 and redis.call('HEXISTS', KEYS[3], hold.id) == 0 then table.insert(missing, hold) end
  end
  local lifted = cjson.decode(ARGV[3])
  for _, id in ipairs(lifted) do
    if redis.call('HEXISTS', KEYS[2], id) == 1 then table.insert(ending, id) end
  end
  if stored >= known and #missing == 0 and #ending == 0 then return -1 end

  local revision = string.format('%d', math.max(stored, known) + 1)
  for _, hold in ipairs(missing) do redis.call('HSET', KEYS[2], hold.id, revision .. ' ' .. hold.body) end
  for _, id in ipairs(ending) do redis.call('HDEL', KEYS[2], id) end
  for _, id in ipairs(lifted) do redis.call('HSETNX', KEYS[3], id, '{}') end
  redis.call('SET', KEYS[1], revision)
  redis.call('PUBLISH', ARGV[4], revision)
  return tonumber(revision)
`;

/** ARGV: "nursery/room", when, the edit as JSON. Returns the revision. */
export const setHoursScript = `
  local at, old = tonumber(ARGV[2]), redis.call('HGET', KEYS[4], ARGV[1])
  if old then at = math.max(at, tonumber(string.match(old, '^%d+')) + 1) end
  redis.call('HSET', KEYS[4], ARGV[1], string.format('%d', at) .. ' ' .. ARGV[3])
  local revision = redis.call('INCR', KEYS[1])
  redis.call('PUBLISH', ARGV[4], revision)
  return revision
`;

/** ARGV: JSON of [{key, at, body}]. Returns the new revision, or -1 when nothing was lost. */
export const reassertHoursScript = `
  local lost = false
  for _, edit in ipairs(cjson.decode(ARGV[1])) do
    local old = redis.call('HGET', KEYS[4], edit.key)
    if not old or tonumber(string.match(old, '^%d+')) < edit.at then
      redis.call('HSET', KEYS[4], edit.key, string.format('%d', edit.at) .. ' ' .. edit.body)
      lost = true
    end
  end
  if not lost then return -1 end
  local revision = redis.call('INCR', KEYS[1])
  redis.call('PUBLISH', ARGV[2], revision)
  return revision
`;
