import { createHash } from "node:crypto";

export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

// Keys, all with one hash tag: 1 state (HASH: held, spent by step "b:<step>"), 2 leases (ZSET: id → expiry),
// 3 what leases hold (HASH: "<id>:a" amount, ":f" floor, ":b" step), 4 ended ids (ZSET: id → time), 5 charges of expired ids (HASH).
// Values: 1 operation, 2 lease id, 3 amount or "-", 4 floor, 5 limit, 6 leaseMs, 7 stepMs, 8 steps, 9 start, 10 end or "-", 11 keep ms.
// Sums are doubles in Lua: exact, because limits stay under 2^53. Amounts go into Redis as numbers and come back as strings; `..` and
// cjson would cut them to 14 digits.
const text = `
local S, L, R, D, X = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local op, id = ARGV[1], ARGV[2]
local leaseMs, stepMs, steps = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function text(n) return string.format('%.0f', n) end
if op == 'reserve' and ARGV[10] ~= '-' and (now >= tonumber(ARGV[10]) or now < tonumber(ARGV[9])) then
  return {'stale', text(now)}
end
local step = 0
if stepMs > 0 then step = math.floor(now / stepMs) end
local function spent()
  local sum = 0
  local fields = redis.call('HGETALL', S)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 2) == 'b:' then
      if stepMs > 0 and tonumber(string.sub(fields[i], 3)) < step - steps then
        redis.call('HDEL', S, fields[i])
      else
        sum = sum + tonumber(fields[i + 1])
      end
    end
  end
  return sum
end
local function held() return tonumber(redis.call('HGET', S, 'held') or '0') end
local function charge(at, amount)
  if amount ~= 0 then redis.call('HINCRBY', S, 'b:' .. at, text(amount)) end
end
local function drop(lease)
  redis.call('ZREM', L, lease)
  redis.call('HDEL', R, lease .. ':a', lease .. ':f', lease .. ':b')
end
local before = spent()
local late = redis.call('ZRANGEBYSCORE', L, '-inf', now, 'LIMIT', 0, 100)
for _, lease in ipairs(late) do
  local a, f, b = unpack(redis.call('HMGET', R, lease .. ':a', lease .. ':f', lease .. ':b'))
  redis.call('HINCRBY', S, 'held', text(-tonumber(a)))
  charge(b, tonumber(f))
  redis.call('HSET', X, lease .. ':c', f, lease .. ':b', b)
  redis.call('ZADD', D, now, lease)
  drop(lease)
end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', D, '-inf', now - leaseMs - 3600000, 'LIMIT', 0, 100)) do
  redis.call('ZREM', D, old)
  redis.call('HDEL', X, old .. ':c', old .. ':b')
end
local status = 'ok'
local amount = redis.call('HGET', R, id .. ':a')
if op == 'reserve' then
  status = 'granted'
  if not amount and not redis.call('ZSCORE', D, id) then
    local wanted = tonumber(ARGV[3])
    if spent() + held() + wanted > tonumber(ARGV[5]) then
      status = 'refused'
    else
      redis.call('HINCRBY', S, 'held', text(wanted))
      redis.call('HSET', R, id .. ':a', text(wanted), id .. ':f', text(math.min(wanted, tonumber(ARGV[4]))), id .. ':b', text(step))
      redis.call('ZADD', L, now + leaseMs, id)
    end
  end
elseif op == 'touch' then
  if amount then
    local floor = math.max(tonumber(redis.call('HGET', R, id .. ':f')), tonumber(ARGV[4]))
    redis.call('ZADD', L, now + leaseMs, id)
    redis.call('HSET', R, id .. ':f', text(floor))
    if floor > tonumber(amount) then
      redis.call('HINCRBY', S, 'held', text(floor - tonumber(amount)))
      redis.call('HSET', R, id .. ':a', text(floor))
    end
  end
elseif op == 'settle' then
  local charged = redis.call('HGET', X, id .. ':c')
  if amount then
    local at = redis.call('HGET', R, id .. ':b')
    redis.call('HINCRBY', S, 'held', text(-tonumber(amount)))
    if ARGV[3] == '-' then charge(at, tonumber(amount)) else charge(at, tonumber(ARGV[3])) end
    drop(id)
  elseif charged then
    if ARGV[3] ~= '-' then charge(redis.call('HGET', X, id .. ':b'), tonumber(ARGV[3]) - tonumber(charged)) end
    redis.call('HDEL', X, id .. ':c', id .. ':b')
  elseif not redis.call('ZSCORE', D, id) and ARGV[3] ~= '-' then
    charge(text(step), tonumber(ARGV[3]))
  end
  redis.call('ZADD', D, 'NX', now, id)
end
if ARGV[11] ~= '-' then
  for i = 1, 5 do redis.call('PEXPIRE', KEYS[i], ARGV[11]) end
end
return {status, text(before), text(spent()), text(held())}
`;

export const budgetScript: RedisScript = { text, sha: createHash("sha1").update(text).digest("hex") };
