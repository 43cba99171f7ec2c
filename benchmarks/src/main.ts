import { Command, CommanderError, InvalidArgumentError } from "commander";
import { writeFileSync } from "node:fs";
import { type Bench, type BenchOptions, UsageError } from "./bench.ts";
import { budgetBench } from "./budget/budget-bench.ts";
import { cacheBench } from "./cache/cache-bench.ts";
import { cacheSpeedBench } from "./cache-speed/cache-speed-bench.ts";
import { cacheStoresBench } from "./cache-stores/cache-stores-bench.ts";
import { cacheVerifiedBench } from "./cache-verified/cache-verified-bench.ts";
import { compressBench } from "./compress/compress-bench.ts";
import { costBench } from "./cost/cost-bench.ts";
import { embeddingsBench } from "./embeddings/embeddings-bench.ts";
import { historyBench } from "./history/history-bench.ts";
import { describeMachine } from "./machine.ts";
import { pairsBench } from "./pairs/pairs-bench.ts";
import { routerBench } from "./router-bench.ts";
import { routerEmbeddedBench } from "./router-embedded-bench.ts";

const benches: readonly Bench[] = [
  budgetBench,
  cacheBench,
  cacheSpeedBench,
  cacheStoresBench,
  cacheVerifiedBench,
  compressBench,
  costBench,
  embeddingsBench,
  historyBench,
  pairsBench,
  routerBench,
  routerEmbeddedBench,
];

function list(): string {
  const width = Math.max(...benches.map(({ name }) => name.length));
  return benches
    .map(
      ({ name, summary, options }) =>
        `  ${name.padEnd(width)}  ${summary}\n  ${" ".repeat(width)}  reads: ${options.map((option) => `--${option}`).join(" ") || "nothing"}`,
    )
    .join("\n");
}

function number(value: string): number {
  const parsed = Number(value);
  if (!Number.isFinite(parsed)) throw new InvalidArgumentError("It is not a number.");
  return parsed;
}

const collect = (value: string, earlier: string[] | undefined): string[] => [...(earlier ?? []), value];

async function main(): Promise<number> {
  const program = new Command("bench")
    .description("Runs one benchmark and prints its figures, with the baseline in the same run.")
    .argument("[name]", "which benchmark")
    .option("--list", "list the benchmarks")
    .option("--seed <n>", "seed of all randomness", number, 1)
    .option("--queries <file>", "labelled questions, JSON Lines {id,text,label}; may be given several times", collect)
    .option("--pairs <file>", "pairs of questions, JSON Lines {a,b,label,category?}; may be given several times", collect)
    .option("--rows <file>", "routing rows, JSON Lines {id,prompt,scores}; may be given several times", collect)
    .option("--test <file>", "held-out rows in the same format")
    .option("--adjudicated <file>", "verdicts on pairs with different labels, JSON Lines {a,b,judgement}")
    .option("--conversations <file>", "conversations, JSON array as of LoCoMo")
    .option("--text <file>", "texts, JSON Lines {question,answer}")
    .option("--guards <profile>", "strict, standard or off")
    .option("--zipf <s>", "ask popular questions again and again, with this exponent", number)
    .option("--requests <n>", "requests of a Zipf stream", number)
    .option("--limit <n>", "read only the first rows", number)
    .option("--json <file>", "write {bench, config, machine, metrics}")
    .exitOverride();
  program.parse();
  const options = program.opts<BenchOptions & { list?: boolean; json?: string }>();
  const name = program.args[0];
  if (options.list) {
    process.stdout.write(`${list()}\n`);
    return 0;
  }
  const bench = benches.find((candidate) => candidate.name === name);
  if (!bench)
    throw new UsageError(`${name === undefined ? "No benchmark is named." : `There is no benchmark "${name}".`} There are:\n${list()}`);

  const say = (text: string) => process.stderr.write(`${text}\n`);
  const { config, metrics, text, broken = [] } = await bench.run(options, say);
  process.stdout.write(`${text}\n`);
  if (options.json !== undefined) {
    try {
      writeFileSync(options.json, `${JSON.stringify({ bench: bench.name, config, machine: describeMachine(), metrics }, null, 2)}\n`);
    } catch (error) {
      throw new UsageError(`Cannot write ${options.json}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const promise of broken) say(`Does not hold: ${promise}.`);
  return broken.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof UsageError) {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exitCode = 2;
  } else throw error;
}
