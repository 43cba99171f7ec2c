import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { sidebar } from "../docs/.vitepress/pages.ts";
import { publishedPackages } from "../docs/scripts/packages.mjs";

const docs = fileURLToPath(new URL("../docs", import.meta.url));

interface Item {
  readonly link?: string;
  readonly items?: readonly Item[];
}

function linksIn(items: readonly Item[]): string[] {
  return items.flatMap((item) => [...(item.link === undefined ? [] : [item.link]), ...linksIn(item.items ?? [])]);
}

describe("the sidebar of the site", () => {
  const { "/": guides, "/api/": api } = sidebar() as Record<"/" | "/api/", Item[]>;

  it("leads to every page, without a list to keep", () => {
    const pages = readdirSync(docs, { recursive: true, encoding: "utf8" })
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => path.endsWith(".md") && path !== "index.md" && !/^(?:api|node_modules|test-results)\/|\/node_modules\//.test(path))
      .map((path) => `/${path.replace(/\.md$/, "").replace(/(^|\/)index$/, "$1")}`);
    expect(pages.length).toBeGreaterThan(10);
    expect(new Set(linksIn(guides))).toEqual(new Set([...pages, "/api/"]));
  });

  it("leads to every subpath of every package", () => {
    const modules = publishedPackages().flatMap(({ entries }) => entries.map(({ module }) => `/api/${module}`));
    expect(new Set(linksIn(api))).toEqual(new Set([...modules, "/api/"]));
  });
});
