import { ns } from "@langchain/core/errors";
import { LangThriftError } from "@langthrift/core";

/** Why a summary was not taken. */
export type RejectionReason = "empty" | "too-long" | "not-shorter";

const Branded: typeof LangThriftError = /* @__PURE__ */ ns.brand(LangThriftError, "langthrift.summary-rejected");

/** A summariser's answer that would make things worse. The adapters catch it; only `summarize` throws it. */
export class SummaryRejectedError extends Branded {
  override readonly name: string = "SummaryRejectedError";
  readonly reason: RejectionReason;
  /** Tokens of the answer. */
  readonly tokens: number;

  constructor(reason: RejectionReason, tokens: number, limit: number) {
    const what = {
      empty: "The summary is empty.",
      "too-long": `The summary has ${tokens} tokens; at most ${limit} are accepted. Raise \`maxSummaryTokens\` or take a model that follows the limit.`,
      "not-shorter": `The summary has ${tokens} tokens, not under half of what it replaces (${limit}). Lower \`maxSummaryTokens\` or raise the trigger.`,
    } as const;
    super(what[reason]);
    this.reason = reason;
    this.tokens = tokens;
  }
}
