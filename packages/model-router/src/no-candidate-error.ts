import { LangThriftError } from "@langthrift/core";
import { ns } from "@langchain/core/errors";

const BrandedNoCandidate: typeof LangThriftError = /* @__PURE__ */ ns.brand(LangThriftError, "langthrift.no-candidate");

/** No candidate can serve the request: each lacks a capability that it needs. */
export class NoCandidateError extends BrandedNoCandidate {
  override readonly name: string = "NoCandidateError";
  /** Why each candidate was left out, by its name. */
  readonly excluded: Readonly<Record<string, string>>;

  constructor(excluded: Readonly<Record<string, string>>) {
    const reasons = Object.entries(excluded).map(([name, reason]) => `${name}: ${reason}`);
    super(
      `No candidate can serve this request (${reasons.join("; ")}). Add one that can, or correct \`capabilities\` where a model's profile is wrong.`,
    );
    this.excluded = excluded;
  }
}
