import { runModelServer } from "./run-model-server.ts";

const server = await runModelServer({ argv: process.argv.slice(2) });
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.close());
}
