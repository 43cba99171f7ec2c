/** `REDIS_URL`, or `undefined` when there is no Redis to test against: `describe.skipIf(redisUrl() === undefined)`. */
export function redisUrl(): string | undefined {
  const url = process.env["REDIS_URL"];
  return url === undefined || url === "" ? undefined : url;
}
