import { InvalidOptionError } from "@langthrift/core";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BudgetAlert } from "./budget-alert.ts";
import { webhookAlert } from "./webhook-alert.ts";

const alert: BudgetAlert = { kind: "fraction", budgetId: "b", fraction: 0.8, spentUsd: 8, heldUsd: 0, limitUsd: 10, at: 0 };
let statuses: number[] = [];
let bodies: string[] = [];
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe("webhookAlert", () => {
  it("tries again until it is taken", async () => {
    statuses = [500, 429, 204];
    bodies = [];
    await webhookAlert({ url, retryDelayMs: 1 })(alert);
    expect(bodies).toHaveLength(3);
    expect(JSON.parse(bodies[2]!)).toMatchObject({ budgetId: "b", text: expect.stringContaining("80 %") });
  });

  it("takes 400 for an answer, and gives up after its retries", async () => {
    statuses = [400];
    bodies = [];
    await expect(webhookAlert({ url, retryDelayMs: 1 })(alert)).rejects.toThrow("400");
    expect(bodies).toHaveLength(1);
    statuses = [500, 500, 500];
    await expect(webhookAlert({ url, retries: 2, retryDelayMs: 1 })(alert)).rejects.toThrow("500");
    expect(bodies).toHaveLength(4);
  });

  it("refuses what is no URL", () => {
    expect(() => webhookAlert({ url: "nowhere" })).toThrow(InvalidOptionError);
  });
});
