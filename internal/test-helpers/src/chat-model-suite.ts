export { chatModelSuite, type ChatModelSuiteOptions, type ClientFactory } from "./chat-model-suite/chat-model-suite.ts";
