import type { JournalEntry } from "./journal.ts";
import { addTokens, noTokens, type TokenUsage } from "./token-usage.ts";

export interface InvoiceLine extends TokenUsage {
  /** Requests that are billed: answered, or broken off after tokens had been spent. */
  readonly requests: number;
  /** Nano-dollars of the requests that have a price. */
  readonly nanoUsd: number;
  /** Billed requests without a price: their model has no rates. */
  readonly unpriced: number;
}

/** What the requests in the journal cost, by the model asked for. */
export interface Invoice {
  readonly totalNanoUsd: number;
  readonly byModel: Readonly<Record<string, InvoiceLine>>;
}

export function makeInvoice(journal: readonly JournalEntry[]): Invoice {
  const byModel: Record<string, InvoiceLine> = {};
  let total = 0n;
  for (const { request, usage, nanoUsd } of journal) {
    if (usage === null) continue;
    const line = byModel[request.model] ?? { ...noTokens, requests: 0, nanoUsd: 0, unpriced: 0 };
    byModel[request.model] = {
      ...addTokens(line, usage),
      requests: line.requests + 1,
      nanoUsd: Number(BigInt(line.nanoUsd) + BigInt(nanoUsd ?? 0)),
      unpriced: line.unpriced + (nanoUsd === null ? 1 : 0),
    };
    total += BigInt(nanoUsd ?? 0);
  }
  return { totalNanoUsd: Number(total), byModel };
}
