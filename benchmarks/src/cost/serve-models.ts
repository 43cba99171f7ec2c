import { startModelServer } from "@langthrift/model-server";

// A process of its own, so that the server's work does not count as the handler's.
const server = await startModelServer({ latencyMs: 5 });
process.send?.(server.url);
process.once("disconnect", () => process.exit(0));
