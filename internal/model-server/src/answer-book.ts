import { toAnswerOptions, type AnswerOptions, type AnswerSource, type Rule } from "./answer.ts";
import type { JournalEntry } from "./journal.ts";
import type { JournalRequest } from "./model-request.ts";
import type { ServedModel } from "./served-model.ts";

/** Decides which answer a request gets: script, rules, the model's own reply, the default answer. */
export interface AnswerBook {
  reply(rule: Rule): void;
  script(answers: readonly AnswerSource[]): void;
  choose(request: JournalRequest, model: ServedModel): Promise<{ answer: AnswerOptions; source: NonNullable<JournalEntry["source"]> }>;
  clear(): void;
}

export function createAnswerBook(): AnswerBook {
  let rules: { readonly rule: Rule; left: number }[] = [];
  let queue: AnswerSource[] = [];

  async function resolve(source: AnswerSource, request: JournalRequest): Promise<AnswerOptions | undefined> {
    const answer = typeof source === "function" ? await source(request) : source;
    return answer === undefined ? undefined : toAnswerOptions(answer);
  }

  return {
    reply(rule) {
      rules.push({ rule, left: rule.times ?? Infinity });
    },
    script(answers) {
      queue.push(...answers);
    },
    async choose(request, model) {
      const scripted = request.kind === "embeddings" ? undefined : queue.shift();
      if (scripted !== undefined) {
        const answer = await resolve(scripted, request);
        if (answer !== undefined) return { answer, source: "script" };
      }
      for (const entry of rules) {
        if (entry.left <= 0 || !meets(entry.rule, request)) continue;
        // Counted before the answer is awaited: requests that run at the same time must not share the last use.
        entry.left -= 1;
        const answer = await resolve(entry.rule.answer, request);
        if (answer !== undefined) return { answer, source: "rule" };
        entry.left += 1;
      }
      const own = model.reply === undefined ? undefined : await resolve(model.reply, request);
      return own === undefined ? { answer: {}, source: "default" } : { answer: own, source: "model" };
    },
    clear() {
      rules = [];
      queue = [];
    },
  };
}

function meets({ model, text, when, kind }: Rule, request: JournalRequest): boolean {
  if (kind === undefined ? request.kind === "embeddings" : request.kind !== kind) return false;
  if (model !== undefined && !(typeof model === "string" ? request.model === model : request.model.search(model) >= 0)) return false;
  if (text !== undefined && !occurs(text, request.text)) return false;
  return when?.(request) ?? true;
}

function occurs(pattern: string | RegExp, text: string): boolean {
  // `search` ignores the state that a global RegExp keeps between calls.
  return typeof pattern === "string" ? text.toLowerCase().includes(pattern.toLowerCase()) : text.search(pattern) >= 0;
}
