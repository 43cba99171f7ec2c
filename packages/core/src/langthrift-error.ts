import { LangChainError, ns } from "@langchain/core/errors";

const BrandedBase: typeof LangChainError = /* @__PURE__ */ ns.brand(LangChainError, "langthrift");

/** Base of every error that LangThrift throws. `isInstance` holds across the ESM and CommonJS copies of the package. */
export class LangThriftError extends BrandedBase {
  override readonly name: string = "LangThriftError";

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message);
    if (options?.cause !== undefined) this.cause = options.cause;
  }
}

const BrandedInvalidOption: typeof LangThriftError = /* @__PURE__ */ ns.brand(LangThriftError, "langthrift.invalid-option");

/** An option has a value that cannot work. Thrown at construction; the message names the option, the value and what to pass. */
export class InvalidOptionError extends BrandedInvalidOption {
  override readonly name: string = "InvalidOptionError";
}
