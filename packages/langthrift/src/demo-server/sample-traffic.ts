import { join } from "node:path";
import { packageRoot } from "../cli/package-root.ts";
import { readTrafficLog } from "../cli/traffic/read-traffic-log.ts";
import type { TrafficRequest } from "../cli/traffic/traffic-request.ts";

/**
 * The traffic log that comes with this package: 700 requests, in order, that customers of two invented shops wrote to their support chat in a week.
 * `limit` reads only the first ones. @default all
 */
export async function sampleTraffic(limit?: number): Promise<readonly TrafficRequest[]> {
  const path = join(packageRoot(), "assets", "support-chat.jsonl");
  return (await readTrafficLog(path, { strict: true, ...(limit !== undefined && { limit }) })).requests;
}
