import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { ModelServer } from "./model-server.ts";
import type { ServedModel } from "./served-model.ts";
import { startModelServer } from "./start-model-server.ts";

export interface RunModelServerOptions {
  /** Arguments after the command: `--port 8080 --host 127.0.0.1 --seed 1 --latency-ms 20 --prompt-caching --models models.json`. */
  readonly argv: readonly string[];
  /** Gets one line with the URL, once the server listens. */
  readonly print?: (line: string) => void;
}

/** Starts the server from command-line arguments, for a process of its own. `models.json` is an array of `ServedModel`. */
export async function runModelServer({ argv, print = (line) => console.log(line) }: RunModelServerOptions): Promise<ModelServer> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
      seed: { type: "string", default: "1" },
      "latency-ms": { type: "string", default: "0" },
      "prompt-caching": { type: "boolean", default: false },
      models: { type: "string" },
    },
  });
  const models = values.models === undefined ? [] : (JSON.parse(await readFile(values.models, "utf8")) as ServedModel[]);
  const server = await startModelServer({
    models,
    port: Number(values.port),
    host: values.host,
    seed: Number(values.seed),
    latencyMs: Number(values["latency-ms"]),
    promptCaching: values["prompt-caching"],
  });
  print(`Model server listening at ${server.url}`);
  return server;
}
