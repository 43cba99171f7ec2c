export {
  type ByteStoreLike,
  vectorStoreAdapter,
  type VectorStoreAdapterOptions,
  type VectorStoreLike,
} from "./stores/vector-store-adapter.ts";
