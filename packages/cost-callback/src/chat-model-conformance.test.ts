import { chatModelSuite } from "@langthrift/test-helpers/chat-model-suite";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CostCallbackHandler, withCost } from "./index.ts";

describe("withCost", () => {
  chatModelSuite({
    test: it,
    expect,
    beforeAll,
    beforeEach,
    afterAll,
    create: (client) =>
      withCost(client(), {
        costs: new CostCallbackHandler({ logger: false }),
        budgets: [{ id: "all", limitUsd: 1, window: { kind: "calendar", unit: "month" } }],
      }),
  });
});
