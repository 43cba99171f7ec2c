import type { JsonValue, NanoUsd } from "@langthrift/core";

/** A request as a reply sees it. */
export interface DemoRequest {
  /** The model asked for. */
  readonly model: string;
  /** The last message of the user. */
  readonly text: string;
  /** All messages: `role` as sent over HTTP ("system", "user", "assistant", "tool"), `text` without attachments. */
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  /** Names of the tools that the request offers. */
  readonly tools: readonly string[];
}

/** A text, a JSON value (structured output, or the arguments of a forced tool), or calls for tools. */
export type DemoAnswer =
  | string
  | { readonly json: JsonValue }
  | { readonly toolCalls: readonly { readonly name: string; readonly args: { readonly [key: string]: JsonValue } }[] };

/** Answers the requests that meet all of its conditions. */
export interface DemoReply {
  /** A text must equal the model asked for. @default any model */
  readonly model?: string | RegExp;
  /** Tried on the last message of the user; a text must occur in it, letter case ignored. @default any text */
  readonly text?: string | RegExp;
  /** A function that returns `undefined` passes the request on to the next reply. */
  readonly answer: DemoAnswer | ((request: DemoRequest) => DemoAnswer | undefined);
}

/** How the local model server answers. */
export interface DemoServerOptions {
  /** The first that matches answers. Without a match the answer is a few made-up sentences, the same for the same question. @default [] */
  readonly replies?: readonly DemoReply[];
  /** 0 picks a free port. @default 0 */
  readonly port?: number;
}

/** A running server that speaks the OpenAI protocol. */
export interface DemoServer {
  /** "http://127.0.0.1:PORT/v1", for `configuration: { baseURL }`. */
  readonly url: string;
  /** Chat requests that reached it, in order of arrival. */
  readonly requests: readonly DemoRequest[];
  /** What an invoice at OpenAI's list prices would say; models without a known price are left out. */
  invoice(): NanoUsd;
  /** Drops all connections and stops listening. */
  close(): Promise<void>;
}
