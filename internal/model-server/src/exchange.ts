import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { StreamEvent } from "./stream-event.ts";

const largestBody = 64 * 1024 * 1024;

/** One request and its response on the wire. */
export interface Exchange {
  readonly response: ServerResponse;
  /** The client has gone, or the server has cut the connection. */
  readonly gone: boolean;
  /** Waits; ends early when the client goes. */
  sleep(ms: number): Promise<void>;
  sendJson(status: number, body: unknown, headers?: Readonly<Record<string, string>>, options?: { half?: boolean }): Promise<void>;
  /** Sends the events one by one; the function is told the tokens of each before it goes out, and stops the stream with `false`. */
  sendEvents(
    events: Iterable<StreamEvent>,
    options: { headers?: Readonly<Record<string, string>>; delayMs: number; onEvent: (event: StreamEvent) => boolean },
  ): Promise<void>;
  /** Drops the connection. */
  cut(): void;
}

export function openExchange(request: IncomingMessage, response: ServerResponse, requestId: string): Exchange {
  const left = new AbortController();
  response.on("close", () => left.abort());
  const baseHeaders = { "x-request-id": requestId };

  async function sleep(ms: number): Promise<void> {
    if (ms <= 0 || left.signal.aborted) return;
    await wait(ms, undefined, { signal: left.signal }).catch(() => undefined);
  }

  async function sendEvent({ name, data }: StreamEvent): Promise<void> {
    const head = name === undefined ? "" : `event: ${name}\n`;
    const flushed = response.write(`${head}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
    if (flushed) return;
    await new Promise<void>((resolve) => {
      response.once("drain", resolve);
      response.once("close", resolve);
    });
  }

  return {
    response,
    get gone() {
      return left.signal.aborted;
    },
    sleep,
    async sendJson(status, body, headers = {}, { half = false } = {}) {
      const bytes = Buffer.from(JSON.stringify(body));
      response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length, ...baseHeaders, ...headers });
      if (!half) {
        response.end(bytes);
        return;
      }
      await new Promise<void>((resolve) => response.write(bytes.subarray(0, bytes.length / 2), () => resolve()));
      request.socket.destroy();
    },
    async sendEvents(events, { headers = {}, delayMs, onEvent }) {
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        ...baseHeaders,
        ...headers,
      });
      for (const event of events) {
        if (event.tokens > 0) await sleep(delayMs);
        if (left.signal.aborted || !onEvent(event)) return;
        await sendEvent(event);
      }
      response.end();
    },
    cut() {
      request.socket.destroy();
    },
  };
}

/** Reads a body as text. @throws {Error} when it is over 64 MB or the client goes away. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > largestBody) throw new Error("The body is over 64 MB.");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
