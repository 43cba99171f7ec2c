/** The two commands used, as node-redis (4, 5, 6; single, sentinel, cluster) has them. */
export interface NodeRedisLike {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** The same of ioredis. */
export interface IoRedisLike {
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  evalsha(sha: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** Runs a script by its hash, and by its text where the server does not know it (a restart forgets them). */
export async function runScript(
  client: NodeRedisLike | IoRedisLike,
  script: { readonly text: string; readonly sha: string },
  keys: string[],
  values: string[],
): Promise<unknown> {
  const byHash = (): Promise<unknown> =>
    "evalSha" in client
      ? client.evalSha(script.sha, { keys, arguments: values })
      : client.evalsha(script.sha, keys.length, ...keys, ...values);
  try {
    return await byHash();
  } catch (error) {
    if (!String((error as { message?: unknown })?.message).includes("NOSCRIPT")) throw error;
    return "evalSha" in client
      ? client.eval(script.text, { keys, arguments: values })
      : client.eval(script.text, keys.length, ...keys, ...values);
  }
}
