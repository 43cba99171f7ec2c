/** What must survive compression: a built-in rule by name, or a pattern of your own. */
export type PreserveRule = RegExp | BuiltInRule;

/** What a stage that drops words may not lose. */
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

/** The default of `preserve`: all built-in rules. */
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
