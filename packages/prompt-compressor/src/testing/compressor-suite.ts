import { approximateTokenCounter } from "@langthrift/core";
import type { Compressor } from "../compressor.ts";
import { restoreText } from "../restore.ts";
import { joinSegments, type Segment } from "../segment.ts";
import type { SuiteRunner } from "./suite-runner.ts";

/** What a compressor promises more, or less, than the default. */
export interface CompressorCapabilities {
  /** Whether what it drops can be put back by `restoreText`. @default true */
  readonly restores?: boolean;
  /** Whether fenced code stays byte for byte. Those that drop whole contexts may drop code with them. @default true */
  readonly keepsCode?: boolean;
}

/** Options of {@link compressorSuite}. */
export interface CompressorSuiteOptions extends SuiteRunner {
  /** Makes a compressor for each test. */
  readonly create: () => Compressor | Promise<Compressor>;
  /** @default all of the defaults */
  readonly capabilities?: CompressorCapabilities;
}

const sentence = "The gardener of the house did not bring 12 roses to Ms. Keller, if that is what you ask. ";
const prose = Array.from({ length: 60 }, (_value, row) => `${row}. ${sentence}${"It was the way of the town. ".repeat(row % 4)}`).join(
  "\n",
);
const code = "```js\nlet  a = 1;   \n\n\n\nif (the) not(a);\n```";
const texts = [
  "",
  " ",
  "word",
  prose,
  `${prose}\n${code}\n${prose}`,
  JSON.stringify(
    Array.from({ length: 40 }, (_value, id) => ({ id, state: "the same of it" })),
    null,
    2,
  ),
  "猫は庭で眠る。犬は走る。".repeat(40),
  "😀 שלום the end of it. ".repeat(60),
];

/**
 * What every `Compressor` must do, as tests for any runner.
 *
 * @example
 * compressorSuite({ test, expect, create: () => new StopWordCompressor() });
 */
export function compressorSuite({ test, expect, create, capabilities = {} }: CompressorSuiteOptions): void {
  const { restores = true, keepsCode = true } = capabilities;
  const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter, timeoutMs: 30_000 };

  test("has a name and a version", async () => {
    const { name, version } = await create();
    expect([typeof name, name === "", typeof version, version === ""]).toEqual(["string", false, "string", false]);
  });

  test("fails for no text, counts what it did, and is the same twice and in another instance", async () => {
    for (const text of texts) {
      const compressor = await create();
      const first = await compressor.compress(text, { ...options, rate: 0.5 });
      expect(first.skipped === "error").toBe(false);
      expect(first.text).toBe(joinSegments(first.segments));
      expect(first.stats.tokensOut <= first.stats.tokensIn).toBe(true);
      expect(first.skipped === undefined || first.text === text).toBe(true);
      expect((await compressor.compress(text, { ...options, rate: 0.5 })).text).toBe(first.text);
      expect((await (await create()).compress(text, { ...options, rate: 0.5 })).text).toBe(first.text);
    }
  });

  test("breaks no character, and leaves segments that say so", async () => {
    const compressor = await create();
    for (const text of texts) {
      const segments: Segment[] = [
        { id: "a", kind: "context", text: prose, compress: false },
        { id: "b", kind: "context", text },
      ];
      const result = await compressor.compress(segments, { ...options, rate: 0.6 });
      expect(result.segments.map(({ id }) => id)).toEqual(["a", "b"]);
      expect(result.segments[0]?.text).toBe(prose);
      expect(/\p{Surrogate}/u.test(result.text)).toBe(false);
      if (keepsCode && text.includes("```")) expect(result.segments[1]?.text.includes(code)).toBe(true);
    }
  });

  test("meets a budget, or says why not", async () => {
    const { stats, skipped, warnings } = await (await create()).compress(prose, { ...options, rate: 0.5 });
    const isMet = stats.tokensOut <= stats.tokensIn / 2 && stats.tokensOut >= 0.45 * stats.tokensIn;
    expect(isMet || skipped !== undefined || warnings.length > 0).toBe(true);
  });

  test("leaves short texts, and rejects for an abort only", async () => {
    const compressor = await create();
    const short = await compressor.compress(sentence, { tokenCounter: approximateTokenCounter });
    expect([short.text, short.skipped]).toEqual([sentence, "too-short"]);
    const rejected = await compressor.compress(prose, { ...options, signal: AbortSignal.abort(new Error("stop")) }).then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );
    expect(rejected).toBe("stop");
  });

  if (restores) {
    test("leads back to the original, byte for byte", async () => {
      for (const text of texts) expect(restoreText(await (await create()).compress(text, { ...options, rate: 0.5 }))).toBe(text);
    });
  }
}
