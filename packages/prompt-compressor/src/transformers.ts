export {
  transformersTokenClassifier,
  type TransformersModule,
  type TransformersTokenClassifierOptions,
} from "./llmlingua2/transformers-token-classifier.ts";
