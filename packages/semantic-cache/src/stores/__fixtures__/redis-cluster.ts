import { Redis } from "ioredis";
import { freePort, RedisProcess, type RedisProgram } from "./redis-process.ts";

const SLOTS = 16_384;

/** Three servers that share the slots of a cluster, without replicas. */
export class RedisCluster {
  readonly servers: readonly RedisProcess[];

  private constructor(servers: readonly RedisProcess[]) {
    this.servers = servers;
  }

  static async start(program: RedisProgram): Promise<RedisCluster> {
    const servers: RedisProcess[] = [];
    const admins: Redis[] = [];
    try {
      for (let i = 0; i < 3; i += 1) {
        const busPort = await freePort();
        const server = await RedisProcess.start(program, ["--cluster-enabled", "yes", "--cluster-port", String(busPort)]);
        servers.push(server);
        const admin = new Redis(server.url);
        admins.push(admin);
        const [from, to] = [i, i + 1].map((part) => Math.round((part * SLOTS) / 3)) as [number, number];
        await admin.call("CLUSTER", "ADDSLOTSRANGE", String(from), String(to - 1));
        if (i > 0) await admins[0]?.call("CLUSTER", "MEET", "127.0.0.1", String(server.port), String(busPort));
      }
      for (const admin of admins) {
        for (let tries = 0; ; tries += 1) {
          if (String(await admin.call("CLUSTER", "INFO")).includes("cluster_state:ok")) break;
          if (tries === 200) throw new Error("The cluster did not form within 20 s.");
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
      return new RedisCluster(servers);
    } catch (error) {
      await Promise.all(servers.map((server) => server.destroy()));
      throw error;
    } finally {
      for (const admin of admins) admin.disconnect();
    }
  }

  async destroy(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.destroy()));
  }
}
