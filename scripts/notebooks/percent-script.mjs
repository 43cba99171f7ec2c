// An example is a TypeScript file in cells: `// %%` begins a cell of code, `// %% [markdown]` one of text in line comments.

const MARKER = /^\/\/ %%(?: \[(markdown)\])?[ \t]*$/;

/**
 * @param {string} text
 * @param {string} name of the file, for errors
 * @returns {{ type: "code" | "markdown", source: string, line: number }[]} `line` is where the cell's marker stands, from 1
 */
export function readCells(text, name) {
  const cells = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const marker = MARKER.exec(line);
    if (marker) {
      cells.push({ type: marker[1] ?? "code", lines: [], line: index + 1 });
      continue;
    }
    const cell = cells.at(-1);
    if (cell) cell.lines.push(cell.type === "markdown" ? uncomment(line, `${name}:${index + 1}`) : line);
    else if (line.trim() !== "") throw new Error(`${name}:${index + 1}: the first line must begin a cell ("// %%" or "// %% [markdown]").`);
  }
  return cells.map(({ type, lines, line }) => ({ type, line, source: lines.join("\n").trim() })).filter(({ source }) => source !== "");
}

function uncomment(line, where) {
  if (line.trim() === "") return "";
  if (!line.startsWith("//")) throw new Error(`${where}: text of a markdown cell must stand in comments ("// …").`);
  return line.replace(/^\/\/ ?/, "");
}
