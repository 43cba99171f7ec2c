import { InvalidOptionError } from "@langthrift/core";
import pRetry, { AbortError } from "p-retry";
import type { BudgetAlert } from "./budget-alert.ts";

/** Options of {@link webhookAlert}. */
export interface WebhookAlertOptions {
  /** Where the alert is posted to, as JSON. */
  readonly url: string;
  /** Added to the request. Not logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Turns an alert into the body. @default the alert as JSON, with a `text` that chat tools show */
  readonly body?: (alert: BudgetAlert) => unknown;
  /** Further attempts after a failure, at 0.5, 1, 2, … seconds. Answers of 400 to 499 are final, but for 408 and 429. @default 4 */
  readonly retries?: number;
  /** Of each attempt, in ms. @default 5_000 */
  readonly timeoutMs?: number;
  /** First wait between attempts, in ms. @default 500 */
  readonly retryDelayMs?: number;
  /** @default the global `fetch` */
  readonly fetch?: typeof fetch;
}

/**
 * Sends alerts to a URL. For the `onAlert` option.
 *
 * @throws {InvalidOptionError} when `url` is none.
 */
export function webhookAlert(options: WebhookAlertOptions): (alert: BudgetAlert) => Promise<void> {
  const { url, headers = {}, body = defaultBody, retries = 4, timeoutMs = 5_000, retryDelayMs = 500 } = options;
  if (!URL.canParse(url)) throw new InvalidOptionError("`url` of the webhook is not a URL. Pass the whole address, with https://.");
  return (alert) =>
    pRetry(
      async () => {
        const response = await (options.fetch ?? fetch)(url, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify(body(alert)),
          signal: AbortSignal.timeout(timeoutMs),
        });
        await response.body?.cancel();
        if (response.ok) return;
        const failure = new Error(`The webhook answered ${response.status}.`);
        const final = response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429;
        throw final ? new AbortError(failure) : failure;
      },
      { retries, minTimeout: retryDelayMs, factor: 2, unref: true },
    );
}

function defaultBody(alert: BudgetAlert): unknown {
  const { budgetId, fraction, spentUsd, limitUsd, kind } = alert;
  const text =
    kind === "refused"
      ? `Budget "${budgetId}" is used up: $${spentUsd} of $${limitUsd}. Calls are refused.`
      : `Budget "${budgetId}" has passed ${Math.round(fraction * 100)} % of its limit: $${spentUsd} of $${limitUsd}.`;
  return { text, ...alert };
}
