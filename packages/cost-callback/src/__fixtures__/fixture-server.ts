import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that answers every request with one recorded body at a time. */
export interface FixtureServer {
  readonly url: string;
  /** The next answers, in order; the last one stays. */
  serve(...names: readonly string[]): void;
  close(): Promise<void>;
}

export async function startFixtureServer(): Promise<FixtureServer> {
  let queue: string[] = [];
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const name = queue.length > 1 ? (queue.shift() as string) : queue[0];
      if (name === undefined) {
        response.writeHead(500).end();
        return;
      }
      response.writeHead(200, { "content-type": name.endsWith(".sse") ? "text/event-stream" : "application/json" });
      response.end(readFileSync(new URL(name, import.meta.url)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (...names) => {
      queue = [...names];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
