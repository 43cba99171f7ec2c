import { runModelServer } from "./run-model-server.ts";

async function main(): Promise<void> {
  const server = await runModelServer({ argv: process.argv.slice(2) });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void server.close());
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
