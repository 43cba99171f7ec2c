import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * What lies between a client and its server. `pass` hands everything on, `slow` each answer a while later, the others answer instead of the
 * server: with a well-formed answer that fits no question, or as a web server would.
 */
export type ProxyMode = "pass" | "slow" | "OK to everything" | "HTTP";

const SLOW_MS = 600;

/** A connection to a Redis server that a test can spoil. */
export class RedisProxy {
  mode: ProxyMode = "pass";
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async before(port: number): Promise<RedisProxy> {
    const server = createServer();
    const proxy = new RedisProxy(server);
    server.on("connection", (client) => proxy.#connect(client, port));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `redis://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket, port: number): void {
    const server = connect({ host: "127.0.0.1", port });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (data) => {
      if (this.mode === "HTTP") client.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      // One for each command: they all begin with the count of their words.
      else if (this.mode === "OK to everything") client.write("+OK\r\n".repeat(data.toString("latin1").match(/\*\d+\r\n\$/g)?.length ?? 0));
      else server.write(data);
    });
    server.on("data", (data) => {
      if (this.mode === "slow") setTimeout(() => client.write(data), SLOW_MS);
      else client.write(data);
    });
  }
}
