import { ns } from "@langchain/core/errors";
import { LangThriftError } from "./langthrift-error.ts";

const BrandedUnknownPrice: typeof LangThriftError = /* @__PURE__ */ ns.brand(LangThriftError, "langthrift.unknown-price");

/** No price is known for a model and the price book was told to throw. */
export class UnknownPriceError extends BrandedUnknownPrice {
  override readonly name: string = "UnknownPriceError";
  readonly model: string;
  readonly provider?: string;

  constructor(model: string, provider?: string) {
    super(
      `No price is known for model "${model}"${provider ? ` of provider "${provider}"` : ""}. ` +
        "Pass it in `createPriceBook({ overrides: [{ model, inputUsdPerMillion, outputUsdPerMillion }] })`.",
    );
    this.model = model;
    if (provider !== undefined) this.provider = provider;
  }
}
