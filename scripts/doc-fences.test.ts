import { startModelServer } from "@langthrift/model-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkFences, escapedFences, type Fence, readFences, runFence } from "./doc-fences.mjs";

const fences: Fence[] = readFences();

describe("the code of the documentation", () => {
  let server: Awaited<ReturnType<typeof startModelServer>>;
  beforeAll(async () => {
    server = await startModelServer();
  });
  afterAll(() => server.close());

  it("is there, and type-checks", { timeout: 120_000 }, () => {
    expect(fences.filter(({ document }) => document === "README.md").length).toBeGreaterThan(0);
    expect(checkFences(fences)).toBe("");
  });

  it("hides in no fence that is not checked", () => {
    expect(escapedFences()).toEqual([]);
  });

  it("is in the guides of the site, too", () => {
    expect(fences.filter(({ document, run }) => run && document.startsWith("docs/")).length).toBeGreaterThan(0);
  });

  // Run one by one and after the check, which writes the files.
  it.each(fences.filter(({ run }) => run))("$document:$line runs", { timeout: 60_000 }, async (fence) => {
    const { code, output } = await runFence(fence, { OPENAI_API_KEY: "test", OPENAI_BASE_URL: server.url });
    expect(code, output).toBe(0);
    expect(output).not.toBe("");
  });
});
