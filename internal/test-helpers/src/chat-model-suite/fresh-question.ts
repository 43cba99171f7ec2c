let questions = 0;

/** A question that no other test asks: a cache would serve the other's answer. */
export function freshQuestion(): string {
  questions += 1;
  return `Question ${questions}: what is special about number ${questions * 7919}?`;
}
