// As much of Redis's protocol as is needed to see what a server can do.
import { connect, createServer } from "node:net";

/** Sends one command and resolves with the first line of its answer. */
export function ask({ host = "127.0.0.1", port }, words, timeoutMs = 1000) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const finish = (settle, value) => {
      socket.destroy();
      settle(value);
    };
    socket.setTimeout(timeoutMs, () => finish(reject, new Error("no answer in time")));
    socket.once("error", (error) => finish(reject, error));
    socket.once("close", () => reject(new Error("the connection was closed")));
    socket.once("data", (data) => finish(resolve, data.toString().split("\r\n")[0]));
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
  });
}

/** Whether the server answers the command without an error. */
export async function can(address, words) {
  const answer = await ask(address, words).catch(() => "-");
  return !answer.startsWith("-");
}

/** `null` for an address that cannot be asked here, as one with a password or TLS. */
export function addressOf(url) {
  try {
    const { protocol, hostname, port, password, username } = new URL(url);
    return protocol === "redis:" && password === "" && username === "" ? { host: hostname, port: Number(port || 6379) } : null;
  } catch {
    return null;
  }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
