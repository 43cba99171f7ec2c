import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { InvalidOptionError } from "@langthrift/core";
import type { Guard } from "../guards/guard.ts";
import { type CandidateEvidence, gatherEvidence } from "./candidate-evidence.ts";
import { checkFraction } from "./check-fraction.ts";
import { type EvidenceExample, type EvidenceModel, estimateRight, fitEvidenceModel } from "./evidence-model.ts";

/** A question of your own log, in the order in which it was asked, and which answer is right for it. */
export interface LoggedQuestion {
  readonly text: string;
  /** Questions with the same one are answered alike: an intent, a canned answer, an answer's text. */
  readonly answer: string;
}

/** Options of {@link learnFromLog}. */
export interface LearnFromLogOptions {
  /** Those of the cache: what is learned does not transfer. */
  readonly embeddings: EmbeddingsInterface;
  /** Guards to try: the log is also played without them, and they are kept when that hits no more often. @default none */
  readonly guards?: readonly Guard[];
  /** Most wrong answers per answer served that the chosen confidence may lead to on the part of the log it is chosen on. */
  readonly maxWrongHitRate: number;
  /** Candidates less similar are not looked at: cosine. @default 0.7 */
  readonly floor?: number;
}

/** What the log taught; pass it to `evidencePolicy`. */
export interface LearnedFromLog {
  /** Options for `evidencePolicy`. */
  readonly model: EvidenceModel;
  /** `guards` for the cache: those given, or none where they refused more right answers than they let the confidence be lowered. */
  readonly guards: readonly Guard[];
  readonly minConfidence: number;
  /** Measured on the half of the log that the model was not fitted on. */
  readonly heldOut: { readonly questions: number; readonly hits: number; readonly wrong: number };
}

const NEIGHBOURS = 8;
const ROUNDS = 3;
/** Serves nearly nothing wrong in the first round, so that the first examples are those of a careful cache. */
const CAREFUL = 0.9;

/**
 * Learns from a labelled log which candidates fit: plays it through an empty cache, fits the evidence model on every second question, and
 * chooses the least confidence that keeps `maxWrongHitRate` on the others. Does so with the guards and without, and keeps what hits more:
 * a log only shows what its questions ask, so where a wrong answer to a rare contrast ("do not cancel") would be dear, give the cache the
 * guards whatever the log says. Compares every question with all earlier ones: 10,000 questions take about a minute.
 *
 * @throws {InvalidOptionError} when the log is too small or too uniform to learn from.
 */
export async function learnFromLog(
  log: readonly LoggedQuestion[],
  { embeddings, guards = [], maxWrongHitRate, floor = 0.7 }: LearnFromLogOptions,
): Promise<LearnedFromLog> {
  checkFraction("maxWrongHitRate", maxWrongHitRate);
  checkFraction("floor", floor);
  if (log.length === 0) throw new InvalidOptionError("The log is empty. Pass questions with their answers.");
  const vectors = (await embeddings.embedDocuments(log.map(({ text }) => text))).map(unit);
  const learn = (tried: readonly Guard[]): LearnedFromLog => learnWith(tried, log, vectors, { maxWrongHitRate, floor });
  const unguarded = learn([]);
  if (guards.length === 0) return unguarded;
  let guarded: LearnedFromLog;
  try {
    guarded = learn(guards);
  } catch (error) {
    // They leave too little to learn from: hardly a candidate, or hardly a wrong one.
    if (InvalidOptionError.isInstance(error)) return unguarded;
    throw error;
  }
  return unguarded.heldOut.hits > guarded.heldOut.hits ? unguarded : guarded;
}

function learnWith(
  guards: readonly Guard[],
  log: readonly LoggedQuestion[],
  vectors: readonly Float32Array[],
  { maxWrongHitRate, floor }: { readonly maxWrongHitRate: number; readonly floor: number },
): LearnedFromLog {
  const learnOnce = (serves: (evidence: CandidateEvidence) => boolean): { model: EvidenceModel; played: PlayedQuestion[] } => {
    const played = playLog(log, vectors, { floor, guards, serves });
    return { model: fitEvidenceModel(played.filter(({ index }) => index % 2 === 0)), played };
  };
  let learned = learnOnce(({ similarity }) => similarity >= CAREFUL);
  // What is stored depends on what is served, so the model learns again from a cache of its own.
  for (let round = 1; round < ROUNDS; round += 1) {
    const { model } = learned;
    learned = learnOnce((evidence) => estimateRight(model, evidence) >= 1 - maxWrongHitRate);
  }
  return { model: learned.model, guards, ...chooseConfidence(learned.model, learned.played, maxWrongHitRate) };
}

interface PlayedQuestion extends EvidenceExample {
  /** Place in the log. */
  readonly index: number;
}

function playLog(
  log: readonly LoggedQuestion[],
  vectors: readonly Float32Array[],
  options: { readonly floor: number; readonly guards: readonly Guard[]; readonly serves: (evidence: CandidateEvidence) => boolean },
): PlayedQuestion[] {
  const stored: number[] = [];
  const played: PlayedQuestion[] = [];
  for (const [index, { text, answer }] of log.entries()) {
    const near = nearest(vectors, stored, index, options.floor).map(({ at, similarity }) => ({
      similarity,
      question: (log[at] as LoggedQuestion).text,
      group: (log[at] as LoggedQuestion).answer,
    }));
    const candidate = near.find(({ question, similarity }) =>
      options.guards.every((guard) => guard.check(text, question, { similarity }) === null),
    );
    const evidence =
      candidate &&
      gatherEvidence(
        text,
        candidate,
        near.filter((each) => each !== candidate),
      );
    if (candidate && evidence) played.push({ index, evidence, right: candidate.group === answer });
    if (!evidence || !options.serves(evidence)) stored.push(index);
  }
  return played;
}

/** The stored questions most similar to one, closest first. */
function nearest(
  vectors: readonly Float32Array[],
  stored: readonly number[],
  index: number,
  floor: number,
): { at: number; similarity: number }[] {
  const best: { at: number; similarity: number }[] = [];
  const vector = vectors[index] as Float32Array;
  for (const at of stored) {
    const similarity = dot(vector, vectors[at] as Float32Array);
    const last = best.at(-1);
    if (similarity < floor || (best.length === NEIGHBOURS && last && similarity <= last.similarity)) continue;
    const place = best.findIndex((each) => each.similarity < similarity);
    best.splice(place === -1 ? best.length : place, 0, { at, similarity });
    if (best.length > NEIGHBOURS) best.pop();
  }
  return best;
}

/** Walks down the held-out candidates from the most certain one, as long as the wrong ones stay within the rate. */
function chooseConfidence(
  model: EvidenceModel,
  played: readonly PlayedQuestion[],
  maxWrongHitRate: number,
): Pick<LearnedFromLog, "minConfidence" | "heldOut"> {
  const heldOut = played.filter(({ index }) => index % 2 === 1);
  const ranked = heldOut
    .map(({ evidence, right }) => ({ confidence: estimateRight(model, evidence), right }))
    .sort((a, b) => b.confidence - a.confidence);
  let best = { minConfidence: 1, hits: 0, wrong: 0 };
  let wrong = 0;
  for (const [place, { confidence, right }] of ranked.entries()) {
    if (!right) wrong += 1;
    if (wrong <= maxWrongHitRate * (place + 1)) best = { minConfidence: confidence, hits: place + 1, wrong };
  }
  return { minConfidence: best.minConfidence, heldOut: { questions: heldOut.length, hits: best.hits, wrong: best.wrong } };
}

function unit(vector: readonly number[]): Float32Array {
  const norm = Math.hypot(...vector);
  if (!(norm > 0) || !Number.isFinite(norm))
    throw new InvalidOptionError("The embeddings returned a vector that is empty, zero or not finite.");
  return Float32Array.from(vector, (value) => value / norm);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] as number) * (b[index] as number);
  return sum;
}
