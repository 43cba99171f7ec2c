import type * as Zlib from "node:zlib";
import { expect, it, vi } from "vitest";

const inflate = vi.hoisted(() => vi.fn());
vi.mock("node:zlib", async (original) => {
  const zlib = await original<typeof Zlib>();
  return { ...zlib, inflateRawSync: inflate.mockImplementation(zlib.inflateRawSync) };
});

it("unpacks the dictionary at the first check of a guard, once, and not at import", async () => {
  const { createGuards } = await import("../../index.ts");
  const guards = createGuards("standard");
  expect(inflate).not.toHaveBeenCalled();
  for (const guard of guards) {
    guard.check("Is the water hot?", "Is the water cold?", { similarity: 0.95 });
    guard.check("Where can I buy boots?", "Where can I purchase boots?", { similarity: 0.95 });
  }
  expect(inflate).toHaveBeenCalledTimes(1);
});
