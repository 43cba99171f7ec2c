import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RouterArtifact, RouterEvaluation, ShadowReport } from "@langthrift/model-router";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../run-cli.ts";
import type { Terminal } from "../terminal.ts";

let folder: string;
let rows: string;
let others: string;
let costed: string;
let router: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "langthrift-router-"));
  rows = await write("rows.jsonl", lines(0, 200));
  others = await write("others.jsonl", lines(200, 160));
  costed = await write("costed.jsonl", lines(400, 200, true));
  router = join(folder, "router.json");
  expect((await run("train", "--rows", rows, "--out", router)).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

/** Greetings that both models answer and proofs that only the strong one does, one request in ten the other way round. */
function lines(from: number, count: number, costs = false): string {
  return Array.from({ length: count }, (_, at) => {
    const index = from + at;
    const hard = index % 2 === 1;
    const odd = index % 10 >= 8;
    return JSON.stringify({
      id: index,
      prompt: hard ? `Prove the theorem of case ${index} with an integral.` : `Say hello to the guest of case ${index}, please.`,
      scores: { weak: hard === odd ? 1 : 0, strong: index % 20 === 3 ? 0 : 1 },
      ...(costs && { costUsd: { weak: 0.001, strong: 0.01 } }),
    });
  }).join("\n");
}

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function run(...args: string[]): Promise<{ code: number; printed: string; all: string }> {
  const printed: string[] = [];
  const said: string[] = [];
  const terminal: Terminal = {
    print: (text) => void printed.push(text),
    say: (text) => void said.push(text),
    warn: (text) => void said.push(`warning: ${text}`),
    interactive: false,
    color: false,
    env: {},
    onInterrupt: () => () => undefined,
    exitCode: 0,
  };
  const code = await runCli(["router", ...args], terminal);
  return { code, printed: printed.join("\n"), all: [...printed, ...said].join("\n") };
}

describe("langthrift router", () => {
  it("trains a router without a prompt in it, the same for the same seed, and says when rows are few", async () => {
    const again = join(folder, "again.json");
    const { code, all } = await run("train", "--rows", rows, "--out", again);
    expect(code).toBe(0);
    expect(all).toContain("warning: 200 rows are few");
    const text = await readFile(again, "utf8");
    expect(text).toBe(await readFile(router, "utf8"));
    expect(text).not.toContain("theorem");
  });

  it.each(["linear", "knn", "cluster", "ensemble"])("goes from training to explanation with kind %s", async (kind) => {
    const own = join(folder, `${kind}.json`);
    const calibrated = join(folder, `${kind}-calibrated.json`);
    expect((await run("train", "--rows", rows, "--out", own, "--kind", kind)).code).toBe(0);
    expect((await run("calibrate", "--router", own, "--rows", others, "--strong-share", "0.5", "--out", calibrated)).code).toBe(0);
    expect((JSON.parse(await readFile(calibrated, "utf8")) as RouterArtifact).calibration).toMatchObject({
      target: "strongShare",
      value: 0.5,
    });
    const hard = await run("explain", "--router", calibrated, "Prove the theorem of case 7 with an integral.");
    expect(hard.printed).toMatch(
      /weak: expected score [\d.]+\nstrong: expected score [\d.]+\nstrong: the expected gain .* reaches the threshold/,
    );
    const easy = await run("explain", "--router", calibrated, "Say hello to the guest of case 8, please.");
    expect(easy.printed).toMatch(/\nweak: the expected gain .* is below the threshold/);
  });

  it("evaluates, draws the curve and writes the figures", async () => {
    const [svg, json] = [join(folder, "curve.svg"), join(folder, "figures.json")];
    const { code, printed } = await run("evaluate", "--router", router, "--rows", others, "--svg", svg, "--json", json);
    expect(code).toBe(0);
    expect(printed).toContain("160 rows");
    expect(printed).toContain("Verdict: better than length.");
    const figures = JSON.parse(await readFile(json, "utf8")) as RouterEvaluation;
    expect(figures.apgr!.router).toBeGreaterThan(0.6);
    expect(printed).toContain(figures.apgr!.router.toFixed(3));
    const picture = await readFile(svg, "utf8");
    expect(picture).toMatch(/^<svg /);
    for (const text of ["Share of strong calls", "weak", "strong", "router"]) expect(picture).toContain(`>${text}<`);
  });

  it("with costs calibrates to a quality or a budget and draws over dollars", async () => {
    const own = join(folder, "costed.json");
    await run("train", "--rows", costed, "--out", own);
    const quality = await run("calibrate", "--router", own, "--rows", costed, "--quality", "0.95");
    expect(quality.printed).toMatch(/^lambda .*a thousand requests/);
    expect((await run("calibrate", "--router", own, "--rows", costed, "--budget", "6")).code).toBe(0);
    const { printed } = await run("explain", "--router", own, "Say hello to the guest of case 8, please.");
    expect(printed).toMatch(/weak: .*\$0\.001/);
    const svg = join(folder, "dollars.svg");
    const evaluation = await run("evaluate", "--router", own, "--rows", costed, "--svg", svg);
    expect(evaluation.printed).toContain("at 97 % of the quality");
    expect(await readFile(svg, "utf8")).toContain("US dollars a thousand requests");
  });

  it("measures the calibrated setting on other rows, and how often decisions flip", async () => {
    const own = join(folder, "set.json");
    await run("train", "--rows", costed, "--out", own, "--priced-at", "2026-11-24");
    await run("calibrate", "--router", own, "--rows", costed, "--quality", "0.95");
    expect((JSON.parse(await readFile(own, "utf8")) as RouterArtifact).pricedAt).toBe("2026-11-24");
    const { printed } = await run("evaluate", "--router", own, "--rows", costed);
    expect(printed).toMatch(/keeps of the quality +\d+\.\d % \(95 %: .*\n.*strongest model asked.*\n.*cost saved +-?\d+\.\d %/);
    expect(printed).toMatch(/decisions that flip +\d+\.\d % \(layout/);
    expect(printed).toContain("mixing models at random");
  });

  it("reads embeddings where it is asked to, and says when a text is unlike the training", { timeout: 60_000 }, async () => {
    const own = join(folder, "embedded.json");
    const few = await write("few-rows.jsonl", lines(0, 40));
    expect((await run("train", "--rows", few, "--out", own, "--vectorizer", "both")).code).toBe(0);
    expect((await run("calibrate", "--router", own, "--rows", few, "--strong-share", "0.5")).code).toBe(0);
    const { code, printed } = await run("explain", "--router", own, "Bitte erkläre mir das Wetter morgen früh.");
    expect(code).toBe(0);
    expect(printed).toContain("unlike those that the router learnt from");
  });

  it("reports what shadow mode recorded", async () => {
    const row = (index: number) => ({
      prompt: `request ${index}`,
      scores: { weak: index % 10 === 0 ? 0 : 1, strong: 1 },
      costUsd: { weak: 0.001, strong: 0.01 },
      served: "strong",
      decisions: { heuristic: index % 2 === 0 ? "weak" : index % 4 === 1 ? "strong" : null },
    });
    const path = await write("shadow.jsonl", Array.from({ length: 100 }, (_, index) => JSON.stringify(row(index))).join("\n"));
    const json = join(folder, "shadow.json");
    const { code, printed } = await run("shadow", "--rows", path, "--json", json);
    expect(code).toBe(0);
    expect(printed).toContain("100 requests, answered by strong 100 %; mean score 1.000");
    expect(printed).toMatch(/heuristic +0\.900 +−0\.100 \(.*\) +45 % \(.* … .*\), decided 75 % of the requests/);
    expect(printed).toMatch(/always weak +0\.900 .* 90 % /);
    expect(printed).toContain("100 rows are few");
    expect((JSON.parse(await readFile(json, "utf8")) as ShadowReport).rows).toBe(100);
  });

  it.each(["train", "calibrate", "evaluate", "explain", "shadow"])("%s explains its options", async (command) => {
    const { code, printed } = await run(command, "--help");
    expect(code).toBe(0);
    expect(printed).toContain(`langthrift router ${command}`);
    expect(printed).toMatch(/--(rows|router) <file>/);
  });

  it("warns where a router is no better than random", async () => {
    const noise = await write(
      "noise.jsonl",
      Array.from({ length: 160 }, (_, index) =>
        JSON.stringify({
          id: index,
          prompt: `Prove the theorem of case ${index}.`,
          scores: { weak: index % 2, strong: index % 3 === 0 ? 0 : 1 },
        }),
      ).join("\n"),
    );
    const { code, printed } = await run("evaluate", "--router", router, "--rows", noise);
    expect(code).toBe(0);
    expect(printed).toContain("Not better than random on this data");
  });

  it.each<[string, () => string[], string]>([
    ["rows that do not exist", () => ["train", "--rows", join(folder, "none.jsonl"), "--out", join(folder, "x.json")], "it does not exist"],
    [
      "a bad line",
      () => ["train", "--rows", join(folder, "bad.jsonl"), "--out", join(folder, "x.json")],
      "bad.jsonl:2 has no `scores` by model",
    ],
    ["an empty file", () => ["train", "--rows", join(folder, "empty.jsonl"), "--out", join(folder, "x.json")], "holds no rows"],
    ["too few rows", () => ["train", "--rows", join(folder, "few.jsonl"), "--out", join(folder, "x.json")], "too few to learn from"],
    ["no rows option", () => ["train", "--out", "x.json"], "required option '--rows <file>' not specified"],
    [
      "an unknown kind",
      () => ["train", "--rows", rows, "--out", "x.json", "--kind", "forest"],
      "Allowed choices are linear, knn, cluster, ensemble",
    ],
    ["an output in a folder that does not exist", () => ["train", "--rows", rows, "--out", join(folder, "no", "x.json")], "does not exist"],
    ["a router that is none", () => ["evaluate", "--router", rows, "--rows", rows], "is not a router"],
    ["a damaged router", () => ["explain", "--router", join(folder, "old.json"), "x"], "version 9"],
    [
      "rows of other models",
      () => ["evaluate", "--router", router, "--rows", join(folder, "foreign.jsonl")],
      "has no scores of weak, strong",
    ],
    ["no target", () => ["calibrate", "--router", router, "--rows", others], "exactly one of"],
    ["two targets", () => ["calibrate", "--router", router, "--rows", others, "--quality", "1", "--strong-share", "1"], "exactly one of"],
    ["a share above 1", () => ["calibrate", "--router", router, "--rows", others, "--strong-share", "2"], "number from 0 to 1"],
    ["a budget without costs", () => ["calibrate", "--router", router, "--rows", others, "--budget", "2"], "needs `costUsd`"],
    ["a day that is none", () => ["train", "--rows", rows, "--out", join(folder, "x.json"), "--priced-at", "today"], "YYYY-MM-DD"],
    ["shadow rows without what was served", () => ["shadow", "--rows", rows], "rows.jsonl:1 has no `served` model"],
    ["no shadow rows", () => ["shadow", "--rows", join(folder, "empty.jsonl")], "holds no rows"],
    ["an unknown subcommand", () => ["trian"], "unknown command 'trian'"],
  ])("refuses %s with one sentence and exit code 2", async (_what, args, sentence) => {
    await write("bad.jsonl", `${lines(0, 1)}\n{"prompt": "x"}`);
    await write("empty.jsonl", "\n\n");
    await write("few.jsonl", lines(0, 5));
    await write("foreign.jsonl", '{"prompt": "x", "scores": {"a": 1, "b": 0}}');
    await write("old.json", JSON.stringify({ ...(JSON.parse(await readFile(router, "utf8")) as object), version: 9 }));
    const { code, all } = await run(...args());
    expect(all).toContain(sentence);
    expect(code).toBe(2);
    expect(all).not.toContain("    at ");
  });
});
