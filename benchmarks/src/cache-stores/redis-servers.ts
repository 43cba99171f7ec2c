import { type RedisClient } from "@langthrift/semantic-cache/redis";
import { createClient } from "redis";

/** A server that a benchmark uses, and what it holds. */
export interface RedisServer {
  readonly client: RedisClient;
  /** Bytes that the server has in use, its indexes included. */
  usedBytes(): Promise<number>;
  command(...words: string[]): Promise<unknown>;
  close(): void;
}

/** Connects to the server that `npm run services:up` names in this variable; `null` when it names none. */
export async function connectTo(variable: string): Promise<RedisServer | null> {
  const url = process.env[variable];
  if (!url) return null;
  const client = createClient({ url });
  client.on("error", () => undefined);
  await client.connect();
  return {
    client: client as unknown as RedisClient,
    async usedBytes() {
      const info: unknown = await client.sendCommand(["INFO", "memory"]);
      return Number(/used_memory:(\d+)/.exec(typeof info === "string" ? info : "")?.[1] ?? Number.NaN);
    },
    command: (...words) => client.sendCommand(words),
    close: () => client.destroy(),
  };
}
