/** LangChain's provider names (`ls_provider`, `initChatModel`) where the catalogue has others. */
const catalogNames: Readonly<Record<string, string>> = {
  openai_compatible: "openai",
  google_genai: "google",
  "google-genai": "google",
  google_vertexai: "google",
  "google-vertexai": "google",
  gemini: "google",
  mistralai: "mistral",
  amazon_bedrock: "aws",
  bedrock: "aws",
  bedrock_converse: "aws",
  azure_openai: "azure",
  "azure-openai": "azure",
  xai: "x-ai",
  togetherai: "together",
  "fireworks-ai": "fireworks",
};

/** The price catalogue's id of a provider. */
export function catalogProvider(provider: string): string {
  return catalogNames[provider] ?? provider;
}
