/** What must survive compression: a built-in rule by name, or a pattern of your own. */
export type PreserveRule = RegExp | BuiltInRule;

export type BuiltInRule =
  | "numbers"
  | "negation"
  | "comparators"
  | "quotes"
  | "urls"
  | "emails"
  | "ids"
  | "codeBlocks"
  | "jsonKeys"
  | "placeholders"
  | "citations";

export const allPreserveRules: readonly BuiltInRule[] = [
  "numbers",
  "negation",
  "comparators",
  "quotes",
  "urls",
  "emails",
  "ids",
  "codeBlocks",
  "jsonKeys",
  "placeholders",
  "citations",
];
