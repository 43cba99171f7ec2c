import { type ScriptedEmbeddings, scriptedEmbeddings } from "@langthrift/test-helpers";
import { SemanticCache } from "../semantic-cache.ts";
import type { SemanticCacheOptions } from "../semantic-cache-options.ts";
import { thresholdPolicy } from "../policy/threshold-policy.ts";

/** A unit vector in the plane; the cosine of two is the cosine of the angle between them. */
function at(degrees: number): number[] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians), 0];
}

/** Questions whose cosines are known: to "How do I reset my password?" */
export const ASKED = "How do I reset my password?";
export const PARAPHRASE = "What do I do to reset my password?"; // 0.985
export const RELATED = "Where do I see my password rules?"; // 0.819
export const OTHER = "What is the capital of France?"; // 0

const angles: Readonly<Record<string, number>> = { [ASKED]: 0, [PARAPHRASE]: 10, [RELATED]: 35, [OTHER]: 90 };

/** Texts that are not listed get a direction of their own, far from all listed ones. */
export function plane(): ScriptedEmbeddings {
  return scriptedEmbeddings((text) => {
    const angle = angles[text];
    if (angle !== undefined) return at(angle);
    let hash = 0;
    for (const letter of text) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 100_003;
    return [0, Math.cos(hash), Math.sin(hash)];
  });
}

/** A cache that serves from a cosine of 0.9 on, without guards unless given. */
export function testCache(options: Partial<SemanticCacheOptions> = {}): SemanticCache {
  return new SemanticCache({
    embeddings: plane(),
    scope: "public",
    policy: thresholdPolicy({ minSimilarity: 0.9 }),
    guards: "off",
    logger: false,
    ...options,
  });
}
