import { ns } from "@langchain/core/errors";
import { LangThriftError } from "./langthrift-error.ts";

const BrandedTimeout: typeof LangThriftError = /* @__PURE__ */ ns.brand(LangThriftError, "langthrift.timeout");

/** A step of ours (a store, an embedding, a judge) took longer than its limit. Callers fail open on it. */
export class TimeoutError extends BrandedTimeout {
  override readonly name: string = "TimeoutError";
  /** What was waited for, for example "cache store search". */
  readonly what: string;
  /** The limit, in milliseconds. */
  readonly ms: number;

  constructor(what: string, ms: number) {
    super(`${what} took longer than ${ms} ms.`);
    this.what = what;
    this.ms = ms;
  }
}
