/** Surface measures of an answer to a question, in a fixed order. With `markup: false`, `<<…>>` and `####` are taken out first. */
export function answerFeatures(question: string, answer: string, { markup = true }: { readonly markup?: boolean } = {}): number[] {
  const marks = markup
    ? [Number(/####\s*-?[\d,.$]+/.test(answer)), Math.log1p((answer.match(/<<[^<>]*>>/g) ?? []).length), ...arithmetic(inner(answer))]
    : [0, 0, 0, 0];
  const text = answer.replace(/<<[^<>]*>>/g, "").replace(/####/g, "");
  const head = text.slice(0, 20_000);
  const numbers = head.match(/-?\d[\d,]*(?:\.\d+)?/g) ?? [];
  const asked = new Set((question.match(/\d[\d,]*(?:\.\d+)?/g) ?? []).map(plain));
  const used = new Set(numbers.map(plain));
  const last = numbers[numbers.length - 1];
  const value = last === undefined ? Number.NaN : Number(plain(last));
  const lines = head
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return [
    ...marks,
    Math.log1p(text.length),
    Math.log1p(numbers.length),
    Math.log1p(lines.length),
    Math.log1p(text.length) - Math.log1p(question.length),
    ...arithmetic(head),
    asked.size === 0 ? 1 : [...asked].filter((number) => used.has(number)).length / asked.size,
    Number(Number.isInteger(value)),
    Number(value < 0),
    Math.log1p(Math.abs(Number.isFinite(value) ? value : 0)),
    lines.length === 0 ? 0 : 1 - new Set(lines).size / lines.length,
    Number(/\b(?:however|wait|assum\w*|not (?:clear|possible|enough)|cannot|unclear|approximately|about)\b/i.test(head)),
    Number(/[.!?)\d\]}"'$%]\s*$/.test(answer)),
    numbers.filter((number) => number.includes(".")).length / Math.max(1, numbers.length),
  ];
}

/** Equations "a op b = c" in the text: how many (log), and which share of them is wrong. */
function arithmetic(text: string): [number, number] {
  let wrong = 0;
  let count = 0;
  for (const [, expression, result] of text.matchAll(
    /((?:[$]?\d[\d,]*(?:\.\d+)?%?\s*[-+*x×/÷]\s*)+[$]?\d[\d,]*(?:\.\d+)?)[^=\n\d]{0,24}=\s*[$]?(-?\d[\d,]*(?:\.\d+)?)/g,
  )) {
    const computed = compute(expression!);
    if (computed === undefined) continue;
    count += 1;
    const stated = Number(plain(result!));
    if (Math.abs(computed - stated) > 0.011 * Math.max(1, Math.abs(stated))) wrong += 1;
  }
  return [Math.log1p(count), count === 0 ? 0 : wrong / count];
}

function inner(answer: string): string {
  return [...answer.matchAll(/<<([^<>]*)>>/g)].map(([, expression]) => expression).join("\n");
}

function compute(expression: string): number | undefined {
  if (expression.includes("%")) return undefined;
  const tokens =
    plain(expression)
      .replace(/[x×]/g, "*")
      .replace(/÷/g, "/")
      .match(/\d+(?:\.\d+)?|[-+*/]/g) ?? [];
  let sum = 0;
  let sign = 1;
  let product = Number(tokens[0]);
  for (let at = 1; at + 1 < tokens.length; at += 2) {
    const next = Number(tokens[at + 1]);
    const operator = tokens[at];
    if (operator === "*") product *= next;
    else if (operator === "/") product /= next;
    else {
      sum += sign * product;
      sign = operator === "+" ? 1 : -1;
      product = next;
    }
  }
  return sum + sign * product;
}

function plain(number: string): string {
  return number.replaceAll(",", "").replaceAll("$", "");
}
