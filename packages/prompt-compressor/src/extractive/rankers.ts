import { questionWords } from "./question-words.ts";
import { type TermIndex, termsOf } from "./term-index.ts";
import type { Unit } from "./units.ts";

/** Inverse document frequency by term id: how rare a term is among the units. */
export function inverseFrequencies({ sentences, documentFrequency }: TermIndex): Float64Array {
  const total = Math.max(1, sentences.length);
  return Float64Array.from(documentFrequency, (frequency) => Math.log(total / Math.max(1, frequency)));
}

export interface Bm25Options {
  /** How far a hit also lifts the units around it; an answer often stands in the turn behind the question words. */
  readonly neighbours: number;
}

/** Okapi BM25 of each unit for a question, k1 = 1.2, b = 0.75 (Robertson & Zaragoza 2009). A hit d units away counts half of 1 / d. */
export function bm25(units: readonly Unit[], index: TermIndex, question: string, { neighbours }: Bm25Options): Float64Array {
  const total = units.length;
  const scores = new Float64Array(total);
  const wanted = new Map<number, number>();
  for (const term of new Set(termsOf(question))) {
    if (questionWords.has(term)) continue;
    const id = index.idOf(term);
    if (id === undefined) continue;
    const frequency = index.documentFrequency[id] as number;
    wanted.set(id, Math.log(1 + (total - frequency + 0.5) / (frequency + 0.5)));
  }
  if (wanted.size === 0) return scores;
  const meanLength = index.sentences.reduce((sum, terms) => sum + terms.length, 0) / Math.max(1, total);
  for (const [unit, terms] of index.sentences.entries()) {
    let sum = 0;
    for (const term of terms) sum += wanted.get(term) ?? 0;
    if (sum > 0) scores[unit] = (sum * 2.2) / (1 + 1.2 * (0.25 + (0.75 * terms.length) / Math.max(1, meanLength)));
  }
  return withNeighbours(units, scores, neighbours);
}

/** Adds to each unit half of its neighbours' scores, less with the distance; not across segments. */
export function withNeighbours(units: readonly Unit[], scores: Float64Array, neighbours: number): Float64Array {
  if (neighbours === 0) return scores;
  return scores.map((own, unit) => {
    let sum = own;
    for (let distance = 1; distance <= neighbours; distance += 1) {
      for (const other of [unit - distance, unit + distance]) {
        if (units[other]?.segment === units[unit]?.segment) sum += (scores[other] ?? 0) / (2 * distance);
      }
    }
    return sum;
  });
}

/**
 * TextRank (Mihalcea & Tarau 2004) over shared terms. A term lends its weight to the units it stands in through a node of its own, so that the graph
 * has as many edges as the text has words instead of the square of its sentences.
 */
export function textRank(index: TermIndex, { damping = 0.85, rounds = 20 }: { damping?: number; rounds?: number } = {}): Float64Array {
  const units = index.sentences.length;
  const idf = inverseFrequencies(index);
  const outWeight = Float64Array.from(index.sentences, (terms) => terms.reduce((sum, term) => sum + (idf[term] as number), 0));
  let rank = new Float64Array(units).fill(1);
  for (let round = 0; round < rounds; round += 1) {
    const termMass = new Float64Array(idf.length);
    for (const [unit, terms] of index.sentences.entries()) {
      const share = (outWeight[unit] as number) === 0 ? 0 : (rank[unit] as number) / (outWeight[unit] as number);
      for (const term of terms) termMass[term] = (termMass[term] as number) + share * (idf[term] as number);
    }
    const next = new Float64Array(units);
    for (const [unit, terms] of index.sentences.entries()) {
      let sum = 0;
      for (const term of terms) {
        const others = (index.documentFrequency[term] as number) - 1;
        if (others > 0) sum += (termMass[term] as number) / (others + 1);
      }
      next[unit] = 1 - damping + damping * sum;
    }
    rank = next;
  }
  return rank;
}
