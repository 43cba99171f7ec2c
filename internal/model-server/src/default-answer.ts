import { hash32, randomFrom } from "./hash.ts";

const stopWords = new Set(
  (
    "a about again all also am an and any are as at be because been being but by can could did do does doing for from get give had has have " +
    "he her here hi his how i if in into is it its just know let like make may me might more most much must my need no not now of on one or " +
    "our out please shall she should so some tell than that the their them then there these they this those to too try up us use want was " +
    "we were what when where which while who why will with would you your"
  ).split(" "),
);

const openings = [
  "In short, {topic} comes down to a few simple points.",
  "Here is what matters most about {topic}.",
  "The quick answer for {topic} is yes, with one condition.",
  "There are usually {number} things to check when it comes to {topic}.",
  "For {topic}, the best place to begin is the basics.",
  "{Topic} is easier than it looks once the order of the steps is clear.",
];
const bodies = [
  "Start with {first}, since everything else depends on it.",
  "Most people look at {second} too early; leave it until the rest is settled.",
  "It normally takes about {minutes} minutes and needs no special access.",
  "If {first} does not behave as expected, go back one step and compare it with {second}.",
  "Keep a note of what you changed, so that {second} can be put back later.",
  "In {percent} percent of the cases the first attempt is already enough.",
  "Pay attention to {second}: it is where most mistakes happen.",
  "The limits for {first} are described in section {number} of the guide.",
];
const closings = [
  "If that does not help, tell me what you see and we can look at it together.",
  "After that, nothing else should be needed.",
  "Ask again with a little more detail if your case is different.",
  "That covers the usual case; the rare exceptions are handled by hand.",
  "Once this is done, check the result the next day.",
];

/** Two spellings of one question: letter case, spacing and final punctuation do not count. */
export function normaliseQuestion(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/gu, " ")
    .trim()
    .replace(/[\s?!.…]+$/u, "");
}

/**
 * A few plausible sentences: always the same for one seed, model, normalised question and choice, and different for different questions
 * (the reference at the end carries 32 bits of the question).
 */
export function defaultAnswer(options: { seed: number; model: string; question: string; choice: number }): string {
  const question = normaliseQuestion(options.question);
  const hash = hash32(JSON.stringify([options.seed, options.model, question, options.choice]));
  const random = randomFrom(hash);
  const words = keywords(question);
  const [first = "the request", second = "the details"] = words;
  const topic = words.length === 0 ? "your request" : words.join(" ");
  const fill: Readonly<Record<string, string>> = {
    topic,
    Topic: topic.charAt(0).toUpperCase() + topic.slice(1),
    first,
    second,
    number: String(2 + Math.floor(random() * 7)),
    minutes: String(5 * (1 + Math.floor(random() * 12))),
    percent: String(60 + Math.floor(random() * 39)),
  };

  const sentences = [pick(openings, random), ...sample(bodies, 2 + Math.floor(random() * 3), random), pick(closings, random)];
  const text = sentences.join(" ").replace(/\{(\w+)\}/gu, (whole, name: string) => fill[name] ?? whole);
  return `${text} (Reference ${hash32(question, options.seed + options.choice)
    .toString(16)
    .padStart(8, "0")}.)`;
}

/** The words that say most, longest first as a stand-in for rarest, in the order of the text. */
function keywords(question: string): string[] {
  const words = [...new Set(question.match(/[\p{L}\p{N}][\p{L}\p{N}'-]*/gu) ?? [])].filter((word) => !stopWords.has(word));
  const chosen = new Set([...words].sort((a, b) => b.length - a.length).slice(0, 3));
  return words.filter((word) => chosen.has(word)).map((word) => word.slice(0, 40));
}

function pick(list: readonly string[], random: () => number): string {
  return list[Math.floor(random() * list.length)] ?? "";
}

function sample(list: readonly string[], count: number, random: () => number): string[] {
  const rest = [...list];
  return Array.from({ length: count }, () => rest.splice(Math.floor(random() * rest.length), 1)[0] ?? "");
}
