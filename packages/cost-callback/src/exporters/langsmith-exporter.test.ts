import { FakeListChatModel } from "@langchain/core/utils/testing";
import { approximateTokenCounter, nanoUsd } from "@langthrift/core";
import { Client } from "langsmith";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CostCallbackHandler } from "../cost-callback-handler.ts";
import { langSmithExporter } from "./langsmith-exporter.ts";

interface Feedback {
  readonly run_id: string;
  readonly key: string;
  readonly score: number;
  readonly comment: string;
  readonly session_id?: string;
  readonly extend_trace_retention?: boolean;
}

const RUN_ID = "0190a000-0000-7000-8000-000000000001";
let server: Server;
let url = "";
let feedback: Feedback[] = [];
let status = 200;

// As much of LangSmith's API as its client asks for.
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const isFeedback = request.method === "POST" && request.url?.endsWith("/feedback");
      if (isFeedback && status === 200) feedback.push(JSON.parse(body) as Feedback);
      response.writeHead(isFeedback ? status : 200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  feedback = [];
  status = 200;
});

const client = (): Client => new Client({ apiUrl: url, apiKey: "none", callerOptions: { maxRetries: 0 } });

describe("langSmithExporter with LangSmith's own client", () => {
  it("writes the cost of each priced call on its run, and does not prolong what LangSmith keeps", async () => {
    const sessionId = "0190a000-0000-7000-8000-0000000000aa";
    const costs = new CostCallbackHandler({ logger: false, exporters: [langSmithExporter({ client: client(), sessionId })] });
    const usage = { inputTokens: 1_000, outputTokens: 500 };
    costs.recordCost({ id: RUN_ID, kind: "llm", model: "gpt-4.1-mini", provider: "openai", usage });
    costs.recordCost({ kind: "llm", model: "nobody", usage });
    costs.recordCost({ kind: "tool", model: "search", nanoUsd: nanoUsd(5) });
    costs.recordCost({ kind: "llm", model: "gpt-4.1-mini", status: "refused", nanoUsd: nanoUsd(0) });
    await costs.flush();
    expect(costs.recorder.droppedExports).toBe(0);
    expect(feedback).toMatchObject([
      { run_id: RUN_ID, key: "cost_usd", score: 0.0012, session_id: sessionId, extend_trace_retention: false },
    ]);
  });

  it("names runs by LangChain's run ids", async () => {
    const costs = new CostCallbackHandler({
      logger: false,
      tokenCounter: approximateTokenCounter,
      exporters: [langSmithExporter({ client: client(), key: "spend", sessionId: RUN_ID })],
    });
    await new FakeListChatModel({ responses: ["x"] }).invoke("x", { callbacks: [costs], runId: RUN_ID });
    costs.recordCost({ id: "0190a000-0000-7000-8000-000000000002", kind: "llm", model: "mine", nanoUsd: nanoUsd(1_000_000) });
    await costs.flush();
    // The fake model has no price, so only the second is sent.
    expect(feedback.map(({ run_id, key }) => [run_id, key])).toEqual([["0190a000-0000-7000-8000-000000000002", "spend"]]);
    expect(costs.entries()[0]?.id).toBe(RUN_ID);
  });

  it("costs no call when LangSmith takes nothing, and says how much it did not write", async () => {
    // Its client tries again for half a minute after a 500.
    status = 403;
    const costs = new CostCallbackHandler({ logger: false, exporters: [langSmithExporter({ client: client(), sessionId: RUN_ID })] });
    costs.recordCost({ id: RUN_ID, kind: "llm", model: "mine", nanoUsd: nanoUsd(1_000_000) });
    await costs.flush();
    expect(feedback).toEqual([]);
    expect(costs.recorder.droppedExports).toBe(1);
    expect(costs.recorder.failures.counts).toMatchObject({ exporter: 1 });
  });
});
