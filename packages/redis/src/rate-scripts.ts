/**
 * What Redis runs for a turn: gcra.ts in Lua, by the server's clock, so that processes with clocks of their own keep one
 * rate. Times are whole microseconds, which a number of Lua holds exactly until the year 2255.
 *
 * KEYS: one for each bucket, a hash of `full` and `held`. ARGV: the longest wait, the most a turn may be ahead, and for each
 * bucket its interval, its burst and for how long it is to be shut and then empty (0: it is not). Answers `{1 or 0, wait}`.
 */
export const takeScript = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at = now
local states = {}
for i, key in ipairs(KEYS) do
  local interval = tonumber(ARGV[3 * i])
  local span = interval * tonumber(ARGV[3 * i + 1])
  local known = redis.call('HMGET', key, 'full', 'held')
  local full = math.min(tonumber(known[1] or '0'), now + span + tonumber(ARGV[2]))
  local held = tonumber(known[2] or '0')
  local shut = tonumber(ARGV[3 * i + 2])
  if shut > 0 then
    held = math.max(held, now + shut)
    full = math.max(full, held + span)
    redis.call('HSET', key, 'full', string.format('%.0f', full), 'held', string.format('%.0f', held))
    redis.call('PEXPIRE', key, string.format('%.0f', math.ceil((full - now) / 1000) + 1000))
  end
  at = math.max(at, full - span + interval, held)
  states[i] = { full, held, interval }
end
local wait = at - now
if wait > tonumber(ARGV[1]) then
  return { 0, string.format('%.0f', wait) }
end
for i, key in ipairs(KEYS) do
  local full = math.max(states[i][1], at) + states[i][3]
  redis.call('HSET', key, 'full', string.format('%.0f', full))
  redis.call('PEXPIRE', key, string.format('%.0f', math.ceil((math.max(full, states[i][2]) - now) / 1000) + 1000))
end
return { 1, string.format('%.0f', wait) }
`;

/** KEYS: as above. ARGV: how long to hold. A shorter hold does not end a longer one. */
export const holdScript = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local until_ = now + tonumber(ARGV[1])
for _, key in ipairs(KEYS) do
  local held = math.max(tonumber(redis.call('HGET', key, 'held') or '0'), until_)
  local full = tonumber(redis.call('HGET', key, 'full') or '0')
  redis.call('HSET', key, 'held', string.format('%.0f', held))
  redis.call('PEXPIRE', key, string.format('%.0f', math.ceil((math.max(full, held) - now) / 1000) + 1000))
end
return 1
`;
