export interface Fence {
  readonly document: string;
  readonly line: number;
  readonly run: boolean;
  readonly code: string;
}
export function readFences(): Fence[];
export function escapedFences(): string[];
export function checkFences(fences: readonly Fence[]): string;
export function runFence(fence: Fence, environment: Readonly<Record<string, string>>): Promise<{ code: number | null; output: string }>;
