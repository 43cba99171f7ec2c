// A full server asks a script for room at its first write alone, and not for a DEL: one that began with it would be let go on for ever.
/** Replaces a hash in one step. KEYS: the hash. ARGV: when it expires (ms since epoch, "" is never), then fields and values. */
export const PUT_SCRIPT = `redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('DEL', KEYS[1])
for i = 2, #ARGV, 200 do redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 199, #ARGV))) end
if ARGV[1] ~= '' then redis.call('PEXPIREAT', KEYS[1], ARGV[1]) end
return 1`;

/** Changes fields of a hash that is there. ARGV: "" keeps the expiry, "never" ends it, else ms since epoch; then fields and values. */
export const UPDATE_SCRIPT = `if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if #ARGV > 1 then redis.call('HSET', KEYS[1], unpack(ARGV, 2)) end
if ARGV[1] == 'never' then redis.call('PERSIST', KEYS[1]) elseif ARGV[1] ~= '' then redis.call('PEXPIREAT', KEYS[1], ARGV[1]) end
return 1`;

export function putExpiry(expiresAt: number): string {
  return expiresAt === Infinity ? "" : String(Math.floor(expiresAt));
}

export function updateExpiry(expiresAt: number | undefined): string {
  if (expiresAt === undefined) return "";
  return expiresAt === Infinity ? "never" : String(Math.floor(expiresAt));
}
