import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runModelServer, startModelServer, type ModelServer } from "./index.ts";

let server: ModelServer;

beforeEach(async () => {
  server = await startModelServer({ models: [{ id: "gpt-4o-mini" }], newId: () => "one", clock: { now: () => 1_700_000_000_500 } });
});
afterEach(() => server.close());

async function post(path: string, body: string): Promise<{ status: number; json: Record<string, never>; headers: Headers }> {
  const response = await fetch(`${server.url}${path}`, { method: "POST", body });
  return { status: response.status, json: (await response.json()) as Record<string, never>, headers: response.headers };
}

describe("other paths and broken requests", () => {
  it("lists the models", async () => {
    const list = (await (await fetch(`${server.url}/models`)).json()) as { data: { id: string }[] };
    expect(list.data.map(({ id }) => id)).toEqual(["gpt-4o-mini"]);
    expect((await fetch(`${server.url}/models/gpt-4o-mini`)).status).toBe(200);
    expect((await fetch(`${server.url}/models/gpt-9`)).status).toBe(404);
  });

  it.each([
    ["/chat/completions", "not json", "could not parse"],
    ["/chat/completions", "[]", "could not parse"],
    ["/chat/completions", "{}", "model"],
    ["/chat/completions", '{"model":"m"}', "messages"],
    ["/chat/completions", '{"model":"m","messages":[]}', "messages"],
    ["/chat/completions", '{"model":"m","messages":[{}]}', "role"],
    ["/responses", '{"model":"m"}', "input"],
    ["/embeddings", '{"model":"m"}', "input"],
    ["/embeddings", '{"model":"m","input":[]}', "input"],
  ])("%s with %s gets 400 that names the fault", async (path, body, fault) => {
    const { status, json } = await post(path, body);
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: { message: expect.stringContaining(fault), type: "invalid_request_error" } });
  });

  it("has 404 for what it does not serve", async () => {
    expect((await post("/fine_tuning/jobs", "{}")).status).toBe(404);
    expect((await fetch(`${server.url}/chat/completions`)).status).toBe(404);
  });

  it("survives a client that sends half a request", async () => {
    const { port, hostname } = new URL(server.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{", () => socket.destroy());
      });
      socket.on("close", () => resolve());
    });
    expect((await fetch(`${server.url}/models`)).status).toBe(200);
  });
});

it("sends OpenAI's fields, with the injected clock and ids", async () => {
  const { json, headers } = await post("/chat/completions", '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}');
  expect(json).toMatchObject({ id: "chatcmpl-one", object: "chat.completion", created: 1_700_000_000, service_tier: "default" });
  expect(headers.get("x-request-id")).toBe("req_one");
  expect(server.journal[0]?.at).toBe(1_700_000_000_500);
});

it("sends a body as it is", async () => {
  server.script([{ body: { choices: "odd" } }, { status: 503, body: { detail: "down" } }]);
  const chat = '{"model":"m","messages":[{"role":"user","content":"hi"}]}';
  expect(await post("/chat/completions", chat)).toMatchObject({ status: 200, json: { choices: "odd" } });
  expect(await post("/chat/completions", chat)).toMatchObject({ status: 503, json: { detail: "down" } });
});

it("rejects rates that are not integers", async () => {
  await expect(startModelServer({ models: [{ id: "m", rates: { input: 0.15, output: 1 } }] })).rejects.toThrow(RangeError);
});

it("starts from command-line arguments", async () => {
  const lines: string[] = [];
  const other = await runModelServer({ argv: ["--port", "0", "--seed", "7", "--prompt-caching"], print: (line) => lines.push(line) });
  expect(lines).toEqual([`Model server listening at ${other.url}`]);
  expect((await fetch(`${other.url}/models`)).status).toBe(200);
  await other.close();
  await expect(runModelServer({ argv: ["--prot", "1"] })).rejects.toThrow("--prot");
});
