import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chatModelSuite } from "./chat-model-suite.ts";

// The suite itself is right if LangChain's own model passes it.
describe("ChatOpenAI", () => {
  chatModelSuite({ test: it, expect, beforeAll, beforeEach, afterAll, create: (client) => client() });
});
