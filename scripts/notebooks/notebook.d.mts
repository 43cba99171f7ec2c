export interface NotebookOutput {
  readonly output_type: "stream" | "display_data";
  readonly name?: string;
  readonly text?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly metadata?: object;
}
export function formatNotebook(
  cells: readonly { readonly type: "code" | "markdown"; readonly source: string }[],
  outputs: readonly (readonly NotebookOutput[])[],
): string;
