export interface Cell {
  readonly type: "code" | "markdown";
  readonly source: string;
  readonly line: number;
}
export function readCells(text: string, name: string): Cell[];
