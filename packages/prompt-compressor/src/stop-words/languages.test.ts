import { approximateTokenCounter } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { comparatorWords, negationWords, numberWords } from "../preserve/guard-words.ts";
import { stopWordLanguage, stopWordLanguages } from "./languages.ts";
import { StopWordCompressor } from "./stop-word-compressor.ts";

const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter };

/** Two texts that mean different things, by negation, direction, article, modality, limits, or a word that looks like a filler. */
const pairs: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  de: [
    ["Der Hund beißt den Mann.", "Den Hund beißt der Mann."],
    ["Das kann man löschen.", "Das kann man nicht löschen."],
    ["Zahle bis Montag.", "Zahle ab Montag."],
    ["Er muss gehen.", "Er darf gehen."],
    ["Nimm mehr als 5.", "Nimm weniger als 5."],
    ["Also gut, mach es.", "Mach es also."],
    ["Bitte warten.", "Die Bitte warten lassen."],
    ["Mit Zucker.", "Ohne Zucker."],
    ["Vor dem Essen.", "Nach dem Essen."],
    ["Kein Arzt kam.", "Ein Arzt kam."],
  ],
  fr: [
    ["Le livre est là.", "La livre est là."],
    ["Il ne vient pas.", "Il vient."],
    ["Bon, il part.", "Il part bon premier."],
    ["Avant le 3 mai.", "Après le 3 mai."],
    ["Tu dois venir.", "Tu peux venir."],
    ["Plus de 5 kg.", "Moins de 5 kg."],
    ["Avec sel.", "Sans sel."],
    ["Alors, il paie.", "Il paie alors."],
  ],
  es: [
    ["El capital crece.", "La capital crece."],
    ["No paga.", "Paga."],
    ["Bueno, come.", "Come bueno."],
    ["Antes del 3.", "Después del 3."],
    ["Debe venir.", "Puede venir."],
    ["Más de 5 kg.", "Menos de 5 kg."],
    ["Con sal.", "Sin sal."],
    ["Entonces, paga.", "Paga entonces mal."],
  ],
};

it("has pairs for every language but English, which has a file of its own", () => {
  expect(Object.keys(pairs)).toEqual(stopWordLanguages.filter((code) => code !== "en"));
});

describe.each(stopWordLanguages.filter((code) => code !== "en"))("safe, %s", (language) => {
  it.each(pairs[language] ?? [])("keeps apart: %s / %s", async (a, b) => {
    const compressor = new StopWordCompressor({ language });
    const [left, right] = [await compressor.compress(a, options), await compressor.compress(b, options)];
    expect(left.text).not.toBe(right.text);
  });

  it("goes by the segment's own language in a text of several", async () => {
    const compressor = new StopWordCompressor({ language });
    const { segments } = await compressor.compress(
      [
        { kind: "text", text: "The cat is in the house.", language: "en" },
        { kind: "text", text: pairs[language]?.[0]?.[0] ?? "" },
      ],
      options,
    );
    expect(segments.map(({ text }) => text)).toEqual(["cat is in house.", pairs[language]?.[0]?.[0]]);
  });
});

describe.each(stopWordLanguages)("lists, %s", (code) => {
  const language = stopWordLanguage(code);

  it("let no word go that a preserve rule names, in `strong`", async () => {
    const guarded = [...negationWords(code), ...comparatorWords(code), ...numberWords(code)];
    const sentence = guarded.map((word) => `Haus ${word} Baum`).join(" ");
    const { text } = await new StopWordCompressor({ language: code, level: "strong" }).compress(sentence, options);
    for (const word of guarded) expect(text, word).toMatch(new RegExp(`(?:^|\\s)${word}(?:\\s|$)`));
  });

  it("are found by a tag with a region, in any case", () => {
    expect(stopWordLanguage(`${code.toUpperCase()}-XX`)).toBe(language);
  });
});
