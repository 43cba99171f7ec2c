// %% [markdown]
// # Prompt compressor
//
// `@langthrift/prompt-compressor` shortens prompts without changing what they mean, and refuses when it cannot. This notebook compresses
// without loss, by what a question needs, and a tool's output; and shows what it refuses to touch.
//
// No key, no network, no model.

// %%
import {
  defaultCompressor,
  ExtractiveCompressor,
  LosslessCompressor,
  restoreText,
  StopWordCompressor,
  ToolOutputCompressor,
} from "@langthrift/prompt-compressor";
import { showBars } from "./chart.ts";

const limits = { timeoutMs: 10_000, minTokens: 20 }; // generous: same outputs on a slow machine
const kept: { label: string; value: number }[] = [];

// %% [markdown]
// ## Without loss
//
// JSON layout, repeated lines, blanks. `restoreText` gives the original back, byte for byte.

// %%
const orders = JSON.stringify(
  Array.from({ length: 20 }, (_, row) => ({
    order: 7000 + row,
    state: row === 13 ? "ERROR: address unknown" : "sent",
    pieces: (row % 3) + 1,
  })),
  null,
  2,
);
const lossless = await new LosslessCompressor().compress(orders, limits);
kept.push({ label: "lossless (JSON)", value: lossless.stats.ratio });
console.log(`${lossless.stats.tokensIn} -> ${lossless.stats.tokensOut} tokens`);
console.log(`${lossless.text.slice(0, 120)} …`);
console.log("restored:", restoreText(lossless) === orders);

// %% [markdown]
// ## By what the question needs
//
// Whole sentences stay or go. `rate` is the fraction that is **kept**.

// %%
const report = Array.from(
  { length: 40 },
  (_, day) => `On day ${day + 1} truck ${day % 7} brought ${day * 3} boxes to hall ${day % 4}.`,
).join(" ");
const extract = await new ExtractiveCompressor().compress(report, {
  ...limits,
  rate: 0.15,
  question: "What came on day 33?",
});
kept.push({ label: "sentences for a question", value: extract.stats.ratio });
console.log(`${extract.stats.tokensIn} -> ${extract.stats.tokensOut} tokens`);
console.log(extract.text);

// %% [markdown]
// ## A tool's output
//
// Errors, first, last and outlying rows stay.

// %%
const rows = await new ToolOutputCompressor().compress(orders, { ...limits, rate: 0.4 });
kept.push({ label: "rows of a tool's output", value: rows.stats.ratio });
console.log(
  `${rows.stats.tokensIn} -> ${rows.stats.tokensOut} tokens; the error is ${rows.text.includes("ERROR") ? "still there" : "gone"}`,
);
console.log(rows.text);

// %% [markdown]
// ## Words that may go, and words that may not
//
// The safe list holds words without an opposite; negations, numbers, comparisons, names and quotes stay. It saves little: that is what safe
// means.

// %%
const text =
  "Please note that you should really never mix the two cleaners, and that basically at most 3 tablets may be used per day, " +
  "unless of course the doctor has actually said otherwise, in which case just follow what the doctor said.";
const words = await new StopWordCompressor({ level: "safe" }).compress(text, limits);
kept.push({ label: "safe words", value: words.stats.ratio });
console.log(`${words.stats.tokensIn} -> ${words.stats.tokensOut} tokens`);
console.log(words.text);

// %% [markdown]
// ## What comes back unchanged
//
// A short text, code, a text without anything to spare: `skipped` says why.

// %%
for (const each of ["Hi!", "```js\nconst a  =  1;\n```\n".repeat(30)]) {
  const { skipped, stats } = await defaultCompressor().compress(each, { timeoutMs: 10_000 });
  console.log(
    JSON.stringify(each.slice(0, 20)),
    stats.tokensIn,
    "->",
    stats.tokensOut,
    skipped ?? "",
  );
}

// %%
await showBars(
  "Share of the tokens that is kept",
  kept,
  (share) => `${(share * 100).toFixed(0)} %`,
);

// %% [markdown]
// ## Next
//
// - In a chain: `prompt.pipe(compressPrompt(compressor)).pipe(model)`; for retrieved documents: `CompressingDocumentCompressor` (see
//   `rag.ipynb`); in an agent: `promptCompressionMiddleware`.
// - Only what comes after the last answer is compressed, so the provider's prompt cache keeps working.
// - Short prompts, contracts and instructions gain little or lose meaning: only the lossless compressor is harmless by construction.
