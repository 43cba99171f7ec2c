import { startDemoServer } from "./start-demo-server.ts";
import type { DemoServer, DemoServerOptions } from "./demo-server.ts";

/** Where the models of an example are. */
export interface ExampleModels {
  /** `true`: the real API answers and charges. */
  readonly live: boolean;
  /** The local server; `null` with the real API. */
  readonly server: DemoServer | null;
  /** Stops the local server and gives the environment back as it was. With the real API it does nothing. */
  close(): Promise<void>;
}

/**
 * Lets an example run without a key. Where `OPENAI_API_KEY` is set nothing happens: `new ChatOpenAI({ model })` asks OpenAI. Else a demo server
 * starts, and `OPENAI_BASE_URL` and `OPENAI_API_KEY` of this process point at it until `close()`.
 */
export async function useDemoServer(options: DemoServerOptions = {}): Promise<ExampleModels> {
  if (process.env["OPENAI_API_KEY"]) return { live: true, server: null, close: async () => undefined };
  const server = await startDemoServer(options);
  const before = process.env["OPENAI_BASE_URL"];
  process.env["OPENAI_BASE_URL"] = server.url;
  process.env["OPENAI_API_KEY"] = "local-server-needs-none";
  return {
    live: false,
    server,
    async close() {
      delete process.env["OPENAI_API_KEY"];
      if (before === undefined) delete process.env["OPENAI_BASE_URL"];
      else process.env["OPENAI_BASE_URL"] = before;
      await server.close();
    },
  };
}
