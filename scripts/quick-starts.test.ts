import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readFences } from "./doc-fences.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const fences = readFences();

const packages = readdirSync(join(root, "packages")).map((folder) => ({
  folder,
  name: (JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as { name: string }).name,
}));

describe.each(packages)("the quick start of $name", ({ folder, name }) => {
  const document = `packages/${folder}/README.md`;
  const lines = readFileSync(join(root, document), "utf8").split("\n");
  const heading = lines.indexOf("## Quick start") + 1;
  const fence = fences.find((fence) => fence.document === document && fence.line > heading);

  it("comes right after how to install it", () => {
    expect(heading, 'there is no heading "## Quick start"').toBeGreaterThan(0);
    expect(lines.slice(0, heading).join("\n")).toContain(`npm install ${name}`);
  });

  it("is run by the tests (`ts run`) and uses the package", () => {
    expect(fence?.line).toBeLessThan(heading + 12);
    expect(fence?.run).toBe(true);
    expect(fence?.code).toContain(`from "${name}"`);
  });

  it("has fewer than 20 lines", () => {
    expect(fence?.code.trimEnd().split("\n").length).toBeLessThan(20);
  });
});
