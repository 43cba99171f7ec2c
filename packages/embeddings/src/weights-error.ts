import { ns } from "@langchain/core/errors";
import { LangThriftError } from "@langthrift/core";

const Branded: typeof LangThriftError = /* @__PURE__ */ ns.brand(LangThriftError, "langthrift.weights");

/** The files of the model are missing or altered. The message names the file and the fix. */
export class WeightsError extends Branded {
  override readonly name: string = "WeightsError";
}
