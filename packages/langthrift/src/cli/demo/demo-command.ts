import { join } from "node:path";
import { createPriceBook } from "@langthrift/core";
import { memoryCacheStore, thresholdPolicy } from "@langthrift/semantic-cache";
import { Command } from "commander";
import { createThriftyModel } from "../../create-thrifty-model.ts";
import { modelFlag, positiveInteger, similarity } from "../arguments.ts";
import { packageRoot } from "../package-root.ts";
import type { Terminal } from "../terminal.ts";
import { readTrafficLog } from "../traffic/read-traffic-log.ts";
import { startDemoModels } from "./demo-models.ts";
import { type DemoReport, makeDemoReport } from "./demo-report.ts";
import { createProgress } from "./progress.ts";
import { createProviderTimer } from "./provider-timer.ts";
import { renderReportHtml } from "./render-report-html.ts";
import { renderReportTable, reportRemarks } from "./render-report-table.ts";
import { labelledStore, replay } from "./replay.ts";
import type { ReplayOutcome } from "./replay-outcome.ts";
import { checkWritable, writeOutput } from "./write-output.ts";

interface DemoOptions {
  readonly input?: string;
  readonly limit?: number;
  readonly strict?: boolean;
  readonly html: string | false;
  readonly json?: string;
  readonly live?: boolean;
  readonly strong: string;
  readonly cheap: string;
  readonly threshold: number;
}

/** Exit code of a process that was interrupted: 128 + SIGINT. */
const INTERRUPTED = 130;

/** `langthrift demo`: replays a traffic log through the pipeline and reports what it cost and what it would have cost. */
export function demoCommand(terminal: Terminal): Command {
  return new Command("demo")
    .description("Replay a traffic log through the pipeline and report what each strategy saved.")
    .option(
      "--input <file>",
      "traffic log, JSON Lines: {text | messages, id?, label?, tenant?, user?, ts?} (default: the sample that ships with the package)",
    )
    .option("--limit <n>", "replay only the first requests", positiveInteger)
    .option("--strict", "stop at a line that cannot be used, instead of skipping it")
    .option("--html <file>", "where the report with charts goes", "langthrift-report.html")
    .option("--no-html", "write no report")
    .option("--json <file>", "write the figures as JSON")
    .option("--live", "ask the real OpenAI API (needs OPENAI_API_KEY, costs money) instead of the local server")
    .option("--strong <model>", "the dear model", modelFlag, "gpt-4.1")
    .option("--cheap <model>", "the cheap model", modelFlag, "gpt-4.1-mini")
    .option("--threshold <cosine>", "similarity from which two questions count as the same", similarity, 0.88)
    .action(async (options: DemoOptions) => {
      terminal.exitCode = await runDemo(options, terminal);
    });
}

async function runDemo(options: DemoOptions, terminal: Terminal): Promise<number> {
  for (const path of [options.html || undefined, options.json]) if (path !== undefined) await checkWritable(path);
  const input = options.input ?? join(packageRoot(), "assets", "support-chat.jsonl");
  const log = await readTrafficLog(input, {
    strict: options.strict ?? false,
    ...(options.limit !== undefined && { limit: options.limit }),
    onProblem: (sentence) => terminal.warn(sentence),
  });

  const prices = createPriceBook({ logger: { warn: (message) => terminal.warn(message) } });
  const timer = createProviderTimer();
  const models = await startDemoModels({
    strong: options.strong,
    cheap: options.cheap,
    live: options.live ?? false,
    apiKey: terminal.env["OPENAI_API_KEY"],
    prices,
    timer,
  });
  const labels = labelledStore(memoryCacheStore());
  const { model, ledger, cache, close } = createThriftyModel({
    strong: models.strong,
    cheap: models.cheap,
    scope: (query) => (typeof query.metadata?.["tenant"] === "string" ? query.metadata["tenant"] : "default"),
    cache: { store: labels, policy: thresholdPolicy({ minSimilarity: options.threshold }), ttlMs: Infinity },
    prices,
    logger: { warn: (message) => terminal.warn(message) },
  });
  const stop = new AbortController();
  const release = terminal.onInterrupt(() => stop.abort());
  try {
    terminal.say(
      `Replaying ${log.requests.length} requests of ${options.input ?? "the sample support chat"}, ${options.live ? "asking the real API" : "asking a local server that simulates the models"}.`,
    );
    terminal.say("Loading the embedding model.");
    await cache?.warmUp();
    const progress = createProgress(log.requests.length, terminal);
    const outcomes = await replay(log.requests, {
      model,
      labels,
      prices,
      strongModel: options.strong,
      timer,
      signal: stop.signal,
      onProgress: progress.update,
    });
    progress.stop();
    await ledger.flush();
    const summary = ledger.summary();
    const report = makeDemoReport(outcomes, {
      input: options.input ?? "the sample support chat (support-chat.jsonl)",
      skippedLines: log.skipped,
      simulated: !options.live,
      strongModel: options.strong,
      cheapModel: options.cheap,
      interrupted: stop.signal.aborted,
      overheadNanoUsd: summary.overheadNanoUsd,
      ledgerNanoUsd: summary.spentNanoUsd,
      serverNanoUsd: models.invoice(),
    });
    await present(report, outcomes, options, terminal);
    return report.interrupted ? INTERRUPTED : report.failed === report.requests ? 1 : 0;
  } finally {
    release();
    await close();
    await models.close();
  }
}

async function present(report: DemoReport, outcomes: readonly ReplayOutcome[], options: DemoOptions, terminal: Terminal): Promise<void> {
  const firstError = outcomes.find(({ error }) => error !== undefined);
  if (firstError) terminal.warn(`${report.failed} requests failed; the first one (${firstError.request.id}): ${firstError.error}`);
  terminal.print(renderReportTable(report, { color: terminal.color }));
  for (const remark of reportRemarks(report)) terminal.print(remark);
  if (options.html !== false) {
    await writeOutput(options.html, renderReportHtml(report, outcomes));
    terminal.say(`Report with charts: ${options.html}`);
  }
  if (options.json !== undefined) {
    await writeOutput(options.json, `${JSON.stringify(report, null, 2)}\n`);
    terminal.say(`Figures: ${options.json}`);
  }
}
