import { readFileSync } from "node:fs";
import { UsageError } from "../bench.ts";

export interface Turn {
  readonly speaker: string;
  readonly id: string;
  readonly text: string;
}

export interface Question {
  readonly question: string;
  readonly answer: string;
  /** Ids of the turns that hold the answer. */
  readonly evidence: readonly string[];
}

export interface Conversation {
  readonly id: string;
  readonly turns: readonly Turn[];
  /** Categories 1 to 4; the fifth has no answer in the text. */
  readonly questions: readonly Question[];
  /** Sessions in order under their dates, a line a turn: "Anna: Hello!" */
  readonly text: string;
}

interface RawTurn {
  readonly speaker?: unknown;
  readonly dia_id?: unknown;
  readonly text?: unknown;
}

/** Reads conversations in the format of LoCoMo. @throws {UsageError} */
export function readConversations(path: string): Conversation[] {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(raw) || raw.length === 0) throw new UsageError(`${path} is not an array of conversations.`);
  return raw.map((entry: unknown, index) => readConversation(path, entry, index));
}

function readConversation(path: string, entry: unknown, index: number): Conversation {
  const {
    conversation,
    qa,
    sample_id: id,
  } = (entry ?? {}) as { conversation?: Record<string, unknown>; qa?: unknown; sample_id?: unknown };
  if (!conversation || !Array.isArray(qa)) throw new UsageError(`${path}: conversation ${index} has no "conversation" or no "qa".`);
  const turns: Turn[] = [];
  const sessions: string[] = [];
  const numbers = Object.keys(conversation)
    .map((key) => /^session_(\d+)$/.exec(key)?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  for (const number of numbers) {
    const rows = conversation[`session_${number}`];
    if (!Array.isArray(rows) || rows.length === 0) continue;
    const here = (rows as RawTurn[]).map(({ speaker, dia_id, text }) => ({
      speaker: String(speaker),
      id: String(dia_id),
      text: textOf(text).replace(/\s*\n\s*/g, " "),
    }));
    turns.push(...here);
    sessions.push(
      [
        textOf(conversation[`session_${number}_date_time`]) || `Session ${number}`,
        ...here.map(({ speaker, text }) => `${speaker}: ${text}`),
      ].join("\n"),
    );
  }
  const questions = (qa as Record<string, unknown>[])
    .filter(({ category }) => Number(category) >= 1 && Number(category) <= 4)
    .map(({ question, answer, evidence }) => ({
      question: String(question),
      answer: textOf(answer),
      evidence: (Array.isArray(evidence) ? evidence : []).flatMap((turn) => String(turn).match(/D\d+:\d+/g) ?? []),
    }));
  return { id: textOf(id) || String(index), turns, questions, text: sessions.join("\n\n") };
}

/** Years stand as numbers among the answers. */
function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
