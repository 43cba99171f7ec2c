import { ChatOpenAI } from "@langchain/openai";
import { type NanoUsd, type PriceBook, type Rates } from "@langthrift/core";
import { type ServedModel, startModelServer } from "@langthrift/model-server";
import { CliError } from "../cli-error.ts";
import { type ProviderTimer, timedFetch } from "./provider-timer.ts";

export interface DemoModelsOptions {
  readonly strong: string;
  readonly cheap: string;
  /** Ask the real API instead of the local server. */
  readonly live: boolean;
  /** Needed for `live`. */
  readonly apiKey: string | undefined;
  readonly prices: PriceBook;
  /** Counts the time spent waiting for the provider. */
  readonly timer: ProviderTimer;
}

/** The two models of the replay, as real clients over HTTP. */
export interface DemoModels {
  readonly strong: ChatOpenAI;
  readonly cheap: ChatOpenAI;
  /** What the local server counted; `null` with the real API. */
  invoice(): NanoUsd | null;
  close(): Promise<void>;
}

/** @throws {CliError} for `live` without a key. */
export async function startDemoModels({ strong, cheap, live, apiKey, prices, timer }: DemoModelsOptions): Promise<DemoModels> {
  if (live) {
    if (!apiKey) throw new CliError("--live asks the real OpenAI API and needs its key: set OPENAI_API_KEY, or leave --live out.");
    const client = (model: string) => new ChatOpenAI({ model, apiKey, maxRetries: 2, configuration: { fetch: timedFetch(timer) } });
    return { strong: client(strong), cheap: client(cheap), invoice: () => null, close: async () => undefined };
  }
  const server = await startModelServer({
    models: [...new Set([strong, cheap])].map((id) => served(id, prices.ratesOf({ model: id, provider: "openai" }))),
  });
  const client = (model: string) =>
    new ChatOpenAI({
      model,
      apiKey: "local-server-needs-none",
      maxRetries: 0,
      configuration: { baseURL: server.url, fetch: timedFetch(timer) },
    });
  return {
    strong: client(strong),
    cheap: client(cheap),
    invoice: () => server.invoice().totalNanoUsd as NanoUsd,
    close: () => server.close(),
  };
}

function served(id: string, rates: Rates | null): ServedModel {
  if (!rates) return { id };
  return { id, rates: { input: rates.input, output: rates.output, ...(rates.cacheRead !== undefined && { cacheRead: rates.cacheRead }) } };
}
