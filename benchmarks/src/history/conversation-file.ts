import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { readFileSync } from "node:fs";
import { UsageError } from "../bench.ts";

export interface Turn {
  readonly id: string;
  readonly message: BaseMessage;
  readonly text: string;
  /** ms since epoch: the session's time, and half a minute for each turn. */
  readonly at: number;
}

export interface Question {
  readonly question: string;
  readonly answer: string;
  /** Ids of turns. */
  readonly evidence: readonly string[];
}

export interface Conversation {
  readonly name: string;
  readonly turns: readonly Turn[];
  readonly questions: readonly Question[];
}

interface RawTurn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
}

/** Unanswerable by design. */
const ADVERSARIAL = 5;
const TURN_MS = 30_000;

/** Reads conversations as of LoCoMo: the first speaker is the user, the other the assistant. @throws {UsageError} naming what is wrong. */
export function readConversations(path: string | undefined, limit?: number): Conversation[] {
  if (path === undefined) throw new UsageError("Pass --conversations FILE, a JSON array as of LoCoMo.");
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(data) || data.length === 0) throw new UsageError(`${path} is no JSON array of conversations.`);
  return (data as Record<string, unknown>[]).slice(0, limit).map((row, index) => toConversation(row, index, path));
}

function toConversation(row: Record<string, unknown>, index: number, path: string): Conversation {
  const conversation = row["conversation"] as Record<string, unknown> | undefined;
  if (typeof conversation !== "object" || conversation === null)
    throw new UsageError(`${path}: conversation ${index} has no \`conversation\`.`);
  const user = textOf(conversation["speaker_a"]);
  const sessions = Object.keys(conversation)
    .flatMap((key) => /^session_(\d+)$/.exec(key)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const turns: Turn[] = [];
  let clock = Date.UTC(2020, 0, 1);
  for (const session of sessions) {
    // Without a readable time: a day later.
    clock = Math.max(clock + 1, parseTime(textOf(conversation[`session_${session}_date_time`])) ?? clock + 86_400_000);
    for (const { speaker, dia_id: id, text } of conversation[`session_${session}`] as RawTurn[]) {
      const fields = { content: text, id, name: speaker };
      turns.push({ id, text, at: clock, message: speaker === user ? new HumanMessage(fields) : new AIMessage(fields) });
      clock += TURN_MS;
    }
  }
  const questions = ((row["qa"] ?? []) as Record<string, unknown>[]).flatMap(({ question, answer, evidence, category }) =>
    category === ADVERSARIAL || answer === undefined || !Array.isArray(evidence)
      ? []
      : [{ question: textOf(question), answer: textOf(answer), evidence: evidence.flatMap((id) => textOf(id).split(/[;,\s]+/u)) }],
  );
  return { name: textOf(row["sample_id"] ?? index), turns, questions };
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** "1:56 pm on 8 May, 2023" */
function parseTime(text: string): number | undefined {
  const match = /^(\d+):(\d+)\s*(am|pm) on (.+)$/i.exec(text.trim());
  if (!match) return undefined;
  const day = Date.parse(`${match[4]} UTC`);
  const hour = (Number(match[1]) % 12) + (match[3]?.toLowerCase() === "pm" ? 12 : 0);
  return Number.isFinite(day) ? day + (hour * 60 + Number(match[2])) * 60_000 : undefined;
}

/** Indexes of the turns that a model call wrote: an assistant's right after the user's. */
export function callsOf({ turns }: Conversation): number[] {
  return [...turns.keys()].filter((at) => at > 0 && turns[at]?.message.getType() === "ai" && turns[at - 1]?.message.getType() === "human");
}
