// The notebook (nbformat 4.5) of an example, written as Jupyter writes it, so that opening and saving it changes nothing.

/**
 * @param {{ type: "code" | "markdown", source: string }[]} cells
 * @param {object[][]} outputs of the code cells, in order
 */
export function formatNotebook(cells, outputs) {
  let executed = 0;
  const written = cells.map(({ type, source }, index) => {
    const id = `cell-${index + 1}`;
    if (type === "markdown") return { cell_type: "markdown", id, metadata: {}, source: lines(source) };
    executed += 1;
    return {
      cell_type: "code",
      execution_count: executed,
      id,
      metadata: {},
      outputs: (outputs[executed - 1] ?? []).map(formatOutput),
      source: lines(source),
    };
  });
  const notebook = {
    cells: written,
    metadata: {
      kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
      language_info: {
        codemirror_mode: "typescript",
        file_extension: ".ts",
        mimetype: "text/x.typescript",
        name: "typescript",
        nbconvert_exporter: "script",
        pygments_lexer: "typescript",
      },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

/** Texts are lists of lines in a notebook file: a changed line is a changed line in the diff. */
function lines(text) {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function formatOutput(output) {
  if (output.output_type === "stream") return { name: output.name, output_type: "stream", text: lines(output.text) };
  const data = Object.fromEntries(
    Object.entries(output.data)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([type, value]) => [type, typeof value === "string" ? lines(value) : value]),
  );
  return { data, metadata: output.metadata, output_type: output.output_type };
}
