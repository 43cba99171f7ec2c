import { randomUUID } from "node:crypto";
import { InvalidOptionError } from "@langthrift/core";
import type { FlightGrant, FlightLease, FlightLock } from "../../flight-lock.ts";
import { commandSender, numberOf, type RedisClient, replyError, textOf } from "./redis-client.ts";

/** Options of `redisFlightLock`. */
export interface RedisFlightLockOptions {
  /** What all keys begin with. @default "langthrift:cache" */
  readonly prefix?: string;
}

const NAME = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

// One key each, so that a cluster needs no help. ARGV: the lease's name, its time in ms.
const ACQUIRE = `if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return redis.call('GET', KEYS[1])`;
const RENEW = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
const RELEASE = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/**
 * A lease on each question that is being answered, in one Redis (5 or later, Valkey): so that several processes ask the model once. Keys
 * hold a random name and end by themselves. The lease is for saving money, not for correctness: when a server fails over, two processes
 * may both hold it, and then both ask.
 *
 * @throws {InvalidOptionError} when `prefix` is empty.
 */
export function redisFlightLock(client: RedisClient, { prefix = "langthrift:cache" }: RedisFlightLockOptions = {}): FlightLock {
  if (prefix === "") throw new InvalidOptionError('`prefix` is "". Pass what the keys of this lock begin with.');
  const send = commandSender(client);

  return {
    async acquire(id, ttlMs): Promise<FlightGrant> {
      const key = `${prefix}:flight:${id}`;
      const name = randomUUID();
      const time = (ms: number): string => String(Math.max(1, Math.ceil(ms)));
      const reply = await send(key, "EVAL", ACQUIRE, "1", key, name, time(ttlMs));
      if (reply !== 1) {
        const holder = textOf(reply);
        // Nobody is to wait for a lease that is none.
        if (!NAME.test(holder)) throw replyError("the name of a lease was expected");
        return { holder };
      }
      const lease: FlightLease = {
        renew: async (ms) => numberOf(await send(key, "EVAL", RENEW, "1", key, name, time(ms))) === 1,
        async release() {
          await send(key, "EVAL", RELEASE, "1", key, name);
        },
      };
      return { lease };
    },
  };
}
