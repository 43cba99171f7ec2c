import { ns } from "@langchain/core/errors";
import { LangThriftError } from "./langthrift-error.ts";

const BrandedMissingPeer: typeof LangThriftError = /* @__PURE__ */ ns.brand(LangThriftError, "langthrift.missing-peer");

/** An optional library is needed for the option that was used, and is not installed. */
export class MissingPeerError extends BrandedMissingPeer {
  override readonly name: string = "MissingPeerError";
  readonly peer: string;
  /** What asked for it, for example "`jsonlExporter`". */
  readonly option: string;
  readonly range: string;

  constructor(fields: { readonly peer: string; readonly option: string; readonly range: string }, options?: { readonly cause?: unknown }) {
    super(`${fields.option} needs the package "${fields.peer}". Install it: npm install ${fields.peer}@"${fields.range}"`, options);
    this.peer = fields.peer;
    this.option = fields.option;
    this.range = fields.range;
  }
}
