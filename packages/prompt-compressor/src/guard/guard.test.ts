import { describe, expect, it } from "vitest";
import { allPreserveRules } from "../preserve/preserve-rule.ts";
import { applyEdits, type Edit } from "../text/edit.ts";
import { findGuardViolation, type GuardOptions } from "./guard.ts";

/** What the guard says when a word of a text is cut. */
function without(before: string, cut: string, options: GuardOptions = {}): string | undefined {
  const start = before.indexOf(cut);
  const edits: Edit[] = [{ start, end: start + cut.length, text: "" }];
  return findGuardViolation({ before, after: applyEdits(before, edits), edits, rules: allPreserveRules }, options);
}

describe("findGuardViolation", () => {
  it.each([
    ["negation", "Do not ship it today.", "not "],
    ["negation", "We don't ship it today.", "don't "],
    ["comparators", "Keep rows with more than the mean.", "more "],
    ["comparators", "Keep rows where a <= b.", "= "],
    ["numbers", "Ship 12 of them.", "12 "],
    ["numbers", "Ship twelve of them.", "twelve "],
    ["quotes", 'Press "save as" now.', " as"],
    ["urls", "See https://a.example/b/c for it.", "/c"],
    ["emails", "Write to a.b@c.example soon.", ".b"],
    ["ids", "Close ticket OPS-4412 now.", "OPS-"],
    ["ids", "Rename userId everywhere.", "Id"],
    ["codeBlocks", "Call `await save()` here.", "await "],
    ["jsonKeys", 'Check {"order": 1, "x": 2} now.', ', "x": 2'],
    ["placeholders", "Dear {{name}}, hello.", "{{name}}"],
    ["placeholders", "Use <customer> here.", "<customer>"],
    ["citations", "As shown before [12].", "[12]"],
  ])("refuses a loss by rule %s in %s", (rule, before, cut) => {
    expect(without(before, cut)).toMatch(new RegExp(`^rule (?:${rule}|\\w+): `));
  });

  it("refuses what appears where it was not", () => {
    expect(without("Room 5 of 7 is free.", " of ")).toContain("rule numbers");
  });

  it("refuses a change in fenced code, closed or not", () => {
    const text = "Look:\n```js\nlet  a;\n```\nDone with it.";
    expect(without(text, "let ")).toContain("code block");
    expect(without("Look:\n~~~\nlet  a;", "let ")).toContain("code block");
    expect(without(text, "with ")).toBeUndefined();
    expect(without(text, "let ", { code: false, preserve: false })).toBeUndefined();
  });

  it("refuses JSON that no longer parses", () => {
    expect(without('{"a": [1, 2]}', "]", { preserve: false })).toContain("no longer parse");
    expect(without('{"a": [1, 2]}', " ", { preserve: false })).toBeUndefined();
  });

  it("asks the caller's check", () => {
    expect(without("Say it nicely.", "nicely", { check: (before, after) => (after.length < before.length ? "shorter" : undefined) })).toBe(
      "shorter",
    );
  });
});
