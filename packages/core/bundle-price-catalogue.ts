import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { runInThisContext } from "node:vm";
import type { UserConfig } from "tsdown";

type Plugin = Extract<UserConfig["plugins"], { readonly name: string }>;

const catalogue = "@pydantic/genai-prices";
/** What `src/price-catalog.ts` imports of it. */
const functions = ["calcPrice", "findProvider"] as const;

/**
 * Puts the price catalogue into the build as one function body, which runs at the first look-up. As an import it would cost every program that
 * loads the package its 800 kB, also those that never ask for a price; and only `import()` loads an ES module late, which a price cannot await.
 */
export function bundlePriceCatalogue(): Plugin {
  const id = `\0${catalogue}`;
  return {
    name: "langthrift:bundle-price-catalogue",
    resolveId: (source) => (source === catalogue ? { id, moduleSideEffects: false } : null),
    load(source) {
      if (source !== id) return null;
      const file = createRequire(import.meta.url).resolve(catalogue);
      const body = readFileSync(file, "utf8").replace(/^"use strict";/, "");
      const license = readFileSync(join(dirname(file), "..", "LICENSE"), "utf8").trim();
      return [
        `/*! The code in loadCatalogue() is ${catalogue}:\n\n${license.replaceAll("*/", "* /")}\n*/`,
        `let loaded;`,
        `function loadCatalogue() {`,
        `  if (loaded) return loaded;`,
        `  const exports = {};`,
        withDataAsJson(body, this.parse(body)),
        `  return (loaded = exports);`,
        `}`,
        ...functions.map((name) => `export function ${name}(...values) { return loadCatalogue().${name}(...values); }`),
      ].join("\n");
    },
  };
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** The same code with each large array of data as text that is parsed when the code runs: engines skip a string faster than a literal. */
function withDataAsJson(code: string, program: { readonly body: readonly SyntaxNode[] }): string {
  let result = code;
  const literals = program.body
    .filter((statement) => statement.type === "VariableDeclaration")
    .flatMap(
      (statement) => (statement as SyntaxNode & { readonly declarations: readonly { readonly init: SyntaxNode | null }[] }).declarations,
    )
    .flatMap(({ init }) => (init?.type === "ArrayExpression" && init.end - init.start > 50_000 ? [init] : []));
  for (const { start, end } of literals.toReversed()) {
    const data: unknown = runInThisContext(`(${code.slice(start, end)})`);
    const json = JSON.stringify(data);
    if (!isDeepStrictEqual(JSON.parse(json), data)) throw new Error("The price catalogue holds something that JSON cannot.");
    result = `${result.slice(0, start)}JSON.parse(${JSON.stringify(json)})${result.slice(end)}`;
  }
  if (literals.length === 0) throw new Error("The price catalogue has no table of data where it used to be.");
  return result;
}
