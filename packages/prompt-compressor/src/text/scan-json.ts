const MAX_DEPTH = 200;

/**
 * Reads one JSON array or object that begins at `at` and gives the offset behind it, or `undefined` where the grammar is not met. Iterative and
 * bounded in depth, so that neither a deep nor an unclosed text can hurt. Unlike `JSON.parse` it says where the value ends.
 */
export function scanJson(text: string, at: number): number | undefined {
  const stack: string[] = [];
  let position = at;
  let state: "value" | "first" | "key" | "firstKey" | "after" = "value";
  for (;;) {
    position = skipBlanks(text, position);
    const character = text[position];
    if (character === undefined) return undefined;
    if (state === "value" || state === "first") {
      if (character === "]" && state === "first") {
        position += 1;
        stack.pop();
        state = "after";
      } else if (character === "{" || character === "[") {
        if (stack.length >= MAX_DEPTH) return undefined;
        stack.push(character);
        position += 1;
        state = character === "{" ? "firstKey" : "first";
        continue;
      } else {
        const end = scanScalar(text, position);
        if (end === undefined) return undefined;
        position = end;
        state = "after";
      }
    } else if (state === "key" || state === "firstKey") {
      if (character === "}" && state === "firstKey") {
        position += 1;
        stack.pop();
        state = "after";
      } else {
        const end = character === '"' ? scanString(text, position) : undefined;
        if (end === undefined) return undefined;
        position = skipBlanks(text, end);
        if (text[position] !== ":") return undefined;
        position += 1;
        state = "value";
        continue;
      }
    } else {
      const open = stack.at(-1);
      if (character === ",") {
        state = open === "{" ? "key" : "value";
        position += 1;
        continue;
      }
      if (character !== (open === "{" ? "}" : "]")) return undefined;
      position += 1;
      stack.pop();
    }
    if (stack.length === 0) return position;
  }
}

/** The whole text, blanks around it aside, is one JSON array or object. */
export function isJson(text: string): boolean {
  const start = skipBlanks(text, 0);
  if (text[start] !== "{" && text[start] !== "[") return false;
  const end = scanJson(text, start);
  return end !== undefined && skipBlanks(text, end) === text.length;
}

/** Offset behind the string that begins at `at`; `undefined` if it is not closed or holds a bare control character or a bad escape. */
export function scanString(text: string, at: number): number | undefined {
  for (let index = at + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x22) return index + 1;
    if (code < 0x20) return undefined;
    if (code !== 0x5c) continue;
    index += 1;
    const escaped = text[index];
    if (escaped === undefined) return undefined;
    if (escaped === "u") {
      if (!/^[\dA-Fa-f]{4}$/.test(text.slice(index + 1, index + 5))) return undefined;
      index += 4;
    } else if (!'"\\/bfnrt'.includes(escaped)) return undefined;
  }
  return undefined;
}

const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y;

function scanScalar(text: string, at: number): number | undefined {
  if (text[at] === '"') return scanString(text, at);
  scalar.lastIndex = at;
  return scalar.test(text) ? scalar.lastIndex : undefined;
}

function skipBlanks(text: string, at: number): number {
  let position = at;
  while (position < text.length && " \t\n\r".includes(text[position] as string)) position += 1;
  return position;
}
