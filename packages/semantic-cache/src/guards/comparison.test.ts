import { describe, expect, it } from "vitest";
import { compareTexts } from "./comparison.ts";
import { parseText } from "./parse.ts";

const veto = (a: string, b: string): string | null => compareTexts(parseText(a), parseText(b)).veto;

describe("negation and opposites, judged together", () => {
  it.each([
    ["Is smoking not allowed here?", "Is smoking forbidden here?"],
    ["The form is not valid", "The form is invalid"],
    ["I'm having trouble logging in", "I can't log in"],
    ["Is Ann older than Bob?", "Is Bob younger than Ann?"],
  ])("%j is %j", (a, b) => expect(veto(a, b)).toBeNull());

  it.each([
    ["Is it legal to park here?", "Is it illegal to park here?", "negations differ"],
    ["Who pays if I return it?", "Who pays unless I return it?", "negations differ"],
    ["Turn on the lamp when it gets dark", "Turn off the lamp when it gets bright", "opposites differ"],
  ])("%j is not %j", (a, b, reason) => expect(veto(a, b)).toBe(reason));
});

describe("order", () => {
  it.each([
    ["Convert PDF to Word", "Convert Word to PDF"],
    ["Stretch before you run.", "Run before you stretch."],
    ["My mother's doctor called.", "My doctor's mother called."],
    ["Does Alice owe Bob money?", "Does Bob owe Alice money?"],
    ["Is a cheque better than a transfer?", "Is a transfer better than a cheque?"],
  ])("of %j is not that of %j", (a, b) => expect(veto(a, b)).toBe("word order differs"));

  it.each([
    ["What can I make with rice, beans and corn?", "What can I make with corn, rice and beans?"],
    ["Does the clinic store my data?", "Is my data stored by the clinic?"],
    ["What is the capital of Australia?", "What is Australia's capital?"],
    ["In Python, how do I sort a list?", "How do I sort a list in Python?"],
    ["Before you run, stretch.", "Stretch before you run."],
  ])("of %j is that of %j", (a, b) => expect(veto(a, b)).toBeNull());
});

describe("function words", () => {
  it.each([
    ["Do all cards work abroad?", "Do some cards work abroad?", "quantifiers differ"],
    ["Only members may use the sauna.", "Members may use only the sauna.", "quantifiers differ"],
    ["What is my account number?", "What is your account number?", "persons differ"],
    ["It may rain on Saturday.", "It will rain on Saturday.", "modality differs"],
    ["When was my card blocked?", "Why was my card blocked?", "question words differ"],
    ["How tall is it in feet?", "How tall is it in meters?", "units differ"],
  ])("%j is not %j", (a, b, reason) => expect(veto(a, b)).toBe(reason));
});

describe("other languages", () => {
  it("compares numbers and codes only", () => {
    expect(veto("Wie ändere ich mein Passwort?", "Wie kann ich mein Kennwort ändern?")).toBeNull();
    expect(veto("Ich brauche 3 Karten", "Ich brauche 5 Karten")).toBe("numbers differ");
  });

  it("refuses another script", () => {
    expect(veto("Where is my card?", "Где моя карта?")).toBe("languages differ");
  });
});
