import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { formatNotebook } from "./notebook.mjs";
import { readCells } from "./percent-script.mjs";

interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly source: readonly string[];
    readonly outputs?: readonly { readonly output_type: string; readonly name?: string; readonly text?: readonly string[] }[];
  }[];
}

const folder = fileURLToPath(new URL("../../examples/", import.meta.url));
const read = (name: string): string => readFileSync(folder + name, "utf8");
const notebooks = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));

describe("readCells", () => {
  it("splits a script at its markers and takes the comments off its texts", () => {
    const script = "// %% [markdown]\n// # Title\n//\n// text\n\n// %%\nconst a = 1;\n\n// %%\n\n// %%\n// a comment\nconsole.log(a);\n";
    expect(readCells(script, "x.ts")).toEqual([
      { type: "markdown", source: "# Title\n\ntext", line: 1 },
      { type: "code", source: "const a = 1;", line: 6 },
      { type: "code", source: "// a comment\nconsole.log(a);", line: 11 },
    ]);
  });

  it("names file and line of what is in no cell, and of code in a text", () => {
    expect(() => readCells("\nconst a = 1;\n", "x.ts")).toThrow("x.ts:2: the first line must begin a cell");
    expect(() => readCells("// %% [markdown]\n// text\nconst a = 1;\n", "x.ts")).toThrow("x.ts:3: text of a markdown cell");
  });
});

describe("formatNotebook", () => {
  it("numbers the code cells and writes texts as lines", () => {
    const cells = [
      { type: "markdown", source: "# Title" },
      { type: "code", source: "a();\nb();" },
      { type: "code", source: "" },
    ] as const;
    const outputs = [
      [
        { output_type: "stream", name: "stdout", text: "1\n2\n" },
        { output_type: "display_data", data: { "text/plain": "bars", "image/svg+xml": "<svg/>" }, metadata: {} },
      ],
      [],
    ] as const;
    expect(JSON.parse(formatNotebook(cells, outputs))).toMatchObject({
      nbformat: 4,
      nbformat_minor: 5,
      cells: [
        { cell_type: "markdown", source: ["# Title"] },
        {
          execution_count: 1,
          source: ["a();\n", "b();"],
          outputs: [
            { output_type: "stream", name: "stdout", text: ["1\n", "2\n"] },
            { output_type: "display_data", data: { "image/svg+xml": ["<svg/>"], "text/plain": ["bars"] }, metadata: {} },
          ],
        },
        { execution_count: 2, source: [], outputs: [] },
      ],
    });
  });
});

// That the outputs are right is for `npm run examples`, which runs them.
describe.each(notebooks)("examples/%s", (name) => {
  const notebook = JSON.parse(read(name)) as Notebook;

  it("has the cells of its script", () => {
    const script = name.replace(".ipynb", ".ts");
    const cells = notebook.cells.map((cell) => ({ type: cell.cell_type, source: cell.source.join("") }));
    expect(cells).toEqual(readCells(read(script), script).map(({ type, source }) => ({ type, source })));
  });

  it("begins with a title, shows outputs, and no error or warning", () => {
    expect(notebook.cells[0]?.source[0]).toMatch(/^# /);
    const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
    expect(outputs.length).toBeGreaterThan(0);
    expect(outputs.filter(({ output_type, name }) => output_type === "error" || name === "stderr")).toEqual([]);
  });

  it("is listed for readers", () => {
    expect(read("README.md")).toContain(`(${name})`);
  });
});
