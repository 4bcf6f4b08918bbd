import type { DescMessage, DescMethodUnary, DescService } from "@bufbuild/protobuf";
import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";

import type { CallOptions, Channel } from "./channel.js";

/** A service of the contract. */
export type Service = DescService;

/** The unary methods of a service, as functions. */
export type Methods<S extends Service> = {
  readonly [
    K in keyof S["method"] as S["method"][K] extends DescMethodUnary ? K : never
  ]: S["method"][K] extends DescMethodUnary<infer I, infer O>
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : never;
};

/** Gives a service's unary methods on a channel. */
export function serviceOn<S extends Service>(channel: Channel, service: S): Methods<S> {
  const methods: Record<string, unknown> = {};
  for (const method of service.methods) {
    if (method.methodKind !== "unary") continue;
    methods[method.localName] = (request: MessageInitShape<DescMessage>, options?: CallOptions) =>
      channel.unary(method as DescMethodUnary, request, options);
  }
  return methods as Methods<S>;
}
