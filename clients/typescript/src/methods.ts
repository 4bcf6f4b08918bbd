import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";

import * as v1 from "./gen/brokerwire/v1/index.js";

/** Every service of the contract. */
export const SERVICES: readonly DescService[] = Object.values(v1).filter(
  (value) => typeof value === "object" && "kind" in value && value.kind === "service",
);

/** Whether a method changes nothing, as the contract says. */
export function reads(method: DescMethod): boolean {
  return method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
}

/**
 * Says that unary reads are tried again when the gateway is away, and nothing else is. It holds no timeouts, which the
 * client sets itself; streams are left out, because they resume by token.
 */
export function serviceConfig(): string {
  const methods = SERVICES.flatMap((service) => service.methods);
  const retried = methods.filter((method) => method.methodKind === "unary" && reads(method));
  return JSON.stringify({
    methodConfig: [
      {
        name: retried.map((method) => ({ service: method.parent.typeName, method: method.name })),
        retryPolicy: {
          maxAttempts: 4,
          initialBackoff: "0.1s",
          maxBackoff: "2s",
          backoffMultiplier: 2,
          retryableStatusCodes: ["UNAVAILABLE"],
        },
      },
    ],
  });
}
