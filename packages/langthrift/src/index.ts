export { createThriftyModel, type ThriftyCompression, type ThriftyModel, type ThriftyModelOptions } from "./create-thrifty-model.ts";
export { type Shorten, ShortenedChatModel } from "./shortened-chat-model.ts";
