import { defaultTokenCounter } from "@langthrift/core";
import { ExtractiveCompressor } from "@langthrift/prompt-compressor";
import { type Bench, type BenchOptions, type BenchResult, UsageError } from "../bench.ts";
import { seededRandom } from "../random.ts";
import { percentile } from "../statistics.ts";
import { makeControls } from "./controls.ts";
import { readConversations } from "./conversations.ts";
import { addAnswers, addWords, type Counts, emptyCounts, interval, type Measure, ratioOf, type Subject, subjectOf } from "./evaluate.ts";
import { loadPieceCount } from "./piece-count.ts";
import { measureSpeed } from "./speed.ts";
import { measureWordProblems } from "./word-problems.ts";

export const compressBench: Bench = {
  name: "compress",
  summary: "what a shortened prompt still holds: answers, negations, numerals, relation words; with and without the question; speed",
  options: ["conversations", "text", "seed", "limit"],
  run: runCompressBench,
};

const RATES = [0.5, 0.33, 0.2, 0.1];
const MEASURES: readonly Measure[] = ["span", "terms", "evidence", "negation", "numerals", "kept"];

interface Run {
  readonly name: string;
  readonly rate: number;
  readonly asked: boolean;
  readonly counts: readonly Counts[];
}

async function runCompressBench(
  { conversations: path, text: problems, seed, limit }: BenchOptions,
  say: (text: string) => void,
): Promise<BenchResult> {
  if (path === undefined) throw new UsageError("--conversations is missing. Pass a file of conversations in the format of LoCoMo.");
  const count = await loadPieceCount();
  const random = seededRandom(seed);
  const subjects = readConversations(path)
    .slice(0, limit)
    .map((conversation) => subjectOf(conversation, count(conversation.text)));
  const runs: Run[] = [];
  const errors: number[] = [];

  say(`Without the question: ${subjects.length} conversations`);
  const tokenCounter = await defaultTokenCounter();
  const ours = new ExtractiveCompressor();
  for (const rate of RATES) {
    const counts: Counts[] = [];
    for (const subject of subjects) {
      const { text, stats } = await ours.compress(subject.conversation.text, { rate, tokenCounter, timeoutMs: 60_000 });
      errors.push(Math.abs(stats.ratio / rate - 1));
      counts.push(measured(subject, text, count(text)));
    }
    runs.push({ name: "", rate, asked: false, counts });
  }
  const controls = makeControls(count, random);
  for (const control of controls.filter(({ asks }) => !asks)) {
    for (const rate of RATES) {
      const counts = subjects.map((subject) => {
        const text = control.shorten(subject.conversation, rate * subject.tokens);
        return measured(subject, text, count(text));
      });
      runs.push({ name: control.name, rate, asked: false, counts });
    }
  }

  for (const rate of RATES) {
    say(`With the question, at ${rate}`);
    const counts: Counts[] = [];
    for (const subject of subjects) {
      const own = emptyCounts();
      for (const target of subject.targets) {
        const { text, stats } = await ours.compress(subject.conversation.text, {
          rate,
          question: target.question.question,
          tokenCounter,
          timeoutMs: 60_000,
        });
        errors.push(Math.abs(stats.ratio / rate - 1));
        addAnswers(own, subject, text, [target]);
        own.tokens += stats.tokensIn;
        own.tokensKept += stats.tokensOut;
      }
      counts.push(own);
    }
    runs.push({ name: "", rate, asked: true, counts });
  }
  for (const control of controls.filter(({ asks }) => asks)) {
    for (const rate of RATES) {
      const counts = subjects.map((subject) => {
        const own = emptyCounts();
        for (const target of subject.targets) {
          const text = control.shorten(subject.conversation, rate * subject.tokens, target.question.question);
          addAnswers(own, subject, text, [target]);
          own.tokens += subject.tokens;
          own.tokensKept += count(text);
        }
        return own;
      });
      runs.push({ name: control.name, rate, asked: true, counts });
    }
  }

  const metrics: Record<string, number> = {};
  for (const { name, rate, asked, counts } of runs) {
    for (const measure of measuresOf(asked)) {
      const key = metricName(name, measure, rate, asked);
      metrics[key] = round(ratioOf(counts, measure));
      if (measure === "kept") continue;
      const [low, high] = interval(counts, measure, random);
      metrics[`${key}_low`] = round(low);
      metrics[`${key}_high`] = round(high);
    }
  }
  // A control that does not read the question keeps the same text whatever is asked.
  for (const { name, rate, asked } of runs) {
    if (asked || name === "") continue;
    for (const measure of ["span", "terms", "evidence"] as const)
      metrics[metricName(name, measure, rate, true)] = metrics[metricName(name, measure, rate, false)] as number;
  }
  metrics["ratio_error_p95"] = round(percentile(errors, 0.95));

  const lines = [
    table("Without the question", runs, false, metrics),
    table("With the question (controls that do not read it: as above)", runs, true, metrics),
  ];
  if (problems !== undefined) {
    say("Word problems");
    const { strong, safe, stopword } = await measureWordProblems(problems, limit);
    Object.assign(metrics, {
      gsm8k_numerals_strong: round(strong.numerals),
      gsm8k_relations_strong: round(strong.relations),
      gsm8k_kept_strong: round(strong.kept),
      gsm8k_numerals_safe: round(safe.numerals),
      gsm8k_relations_safe: round(safe.relations),
      gsm8k_kept_safe: round(safe.kept),
      stopword_gsm8k_numerals: round(stopword.numerals),
      stopword_gsm8k_relations: round(stopword.relations),
      stopword_gsm8k_kept: round(stopword.kept),
    });
    const row = (name: string, figures: typeof strong): string =>
      `  ${name.padEnd(18)} ${percent(figures.kept)}  ${percent(figures.numerals)}  ${percent(figures.relations)}`;
    lines.push(
      ["GSM8K questions       kept   numerals relations", row("strong", strong), row("safe", safe), row("stopword package", stopword)].join(
        "\n",
      ),
    );
  }
  const question = subjects[0]?.targets[0]?.question.question ?? "What happened?";
  const speed = await measureSpeed(
    subjects.map(({ conversation }) => conversation.text),
    question,
    count,
    say,
  );
  metrics["tokens_per_s"] = Math.round(Math.min(...speed.map(({ tokensPerSecond }) => tokensPerSecond)));
  metrics["document_200k_ms"] = Math.round(Math.max(...speed.map(({ documentMs }) => documentMs)));
  metrics["document_200k_wall_ms"] = Math.round(Math.max(...speed.map(({ wallMs }) => wallMs)));
  metrics["growth_1m"] = round(Math.max(...speed.map(({ growth }) => growth)));
  lines.push(
    [
      "Speed: tokens/s of CPU time, 200,000 tokens in ms of CPU time and by the clock, time per token at 1M over 200k (best of 5; tokens_per_s is the slowest)",
      ...speed.map(
        ({ name, tokensPerSecond, documentMs, wallMs, growth }) =>
          `  ${name.padEnd(32)} ${String(Math.round(tokensPerSecond)).padStart(9)} ${String(Math.round(documentMs)).padStart(6)} ${String(Math.round(wallMs)).padStart(6)} ${growth.toFixed(2)}`,
      ),
    ].join("\n"),
  );
  return {
    config: { conversations: path, text: problems, seed, rates: RATES, spans: sumOf(subjects, "span"), answers: sumOf(subjects, "terms") },
    metrics,
    text: lines.join("\n\n"),
  };
}

function measured(subject: Subject, text: string, tokensKept: number): Counts {
  const counts = emptyCounts();
  addAnswers(counts, subject, text, subject.targets);
  addWords(counts, subject, text, tokensKept);
  return counts;
}

/** Negations and numerals belong to the whole text; a text made for one question need not keep those of the others. */
function measuresOf(asked: boolean): readonly Measure[] {
  return asked ? MEASURES.filter((measure) => measure !== "negation" && measure !== "numerals") : MEASURES;
}

/** `span_033_question`, `tfidf_span_050`. */
function metricName(control: string, measure: Measure, rate: number, asked: boolean): string {
  const name = `${measure}_${String(Math.round(rate * 100)).padStart(3, "0")}${asked ? "_question" : ""}`;
  return control === "" ? name : `${control}_${name}`;
}

function sumOf(subjects: readonly Subject[], measure: "span" | "terms"): number {
  return subjects.reduce(
    (sum, { targets }) => sum + targets.filter(({ span, terms }) => (measure === "span" ? span !== undefined : terms.length > 0)).length,
    0,
  );
}

function table(title: string, runs: readonly Run[], asked: boolean, metrics: Readonly<Record<string, number>>): string {
  const measures = measuresOf(asked);
  const lines = [
    `${title}: share that is left [95 % bootstrap over conversations]`,
    `  ${"".padEnd(10)} rate ${measures.map((measure) => measure.padEnd(18)).join(" ")}`,
  ];
  for (const { name, rate } of runs.filter((run) => run.asked === asked)) {
    const cells = measures.map((measure) => {
      const key = metricName(name, measure, rate, asked);
      const [low, high] = [metrics[`${key}_low`], metrics[`${key}_high`]];
      return `${percent(metrics[key])}${low === undefined || high === undefined ? "" : ` [${percent(low).trim()}, ${percent(high).trim()}]`}`.padEnd(
        18,
      );
    });
    lines.push(`  ${(name || "ours").padEnd(10)} ${rate.toFixed(2)} ${cells.join(" ")}`);
  }
  return lines.join("\n");
}

function percent(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "-" : (value * 100).toFixed(1).padStart(5);
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
