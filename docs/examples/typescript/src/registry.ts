/** A connection to the registry: its services, safe retries, and why a call was refused. */
import { setTimeout as sleep } from "node:timers/promises";

import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import { ErrorInfoSchema, ResourceInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { ChangeService } from "./gen/registry/v1/change_service_pb.js";
import { ClusterService } from "./gen/registry/v1/cluster_service_pb.js";

const ATTEMPTS = 4;
const DEADLINE_MS = 10_000;

/** Sends a call again while the service is away. A command needs a request id for it. */
const retry: Interceptor = (next) => async (request) => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await next(request);
    } catch (error) {
      const away = ConnectError.from(error).code === Code.Unavailable;
      if (!away || request.stream || attempt === ATTEMPTS) throw error;
      await sleep(100 * 2 ** attempt * Math.random());
    }
  }
};

/** Clients of the services at an address, "http://127.0.0.1:50051". */
export function connect(address: string) {
  const transport = createGrpcTransport({
    baseUrl: address,
    defaultTimeoutMs: DEADLINE_MS,
    interceptors: [retry],
  });
  return {
    changes: createClient(ChangeService, transport),
    clusters: createClient(ClusterService, transport),
  };
}

export type Registry = ReturnType<typeof connect>;

/** Why the registry refused, by the names of docs/clients.md; "" where it was not the registry. */
export function reasonOf(error: unknown): string {
  const details = ConnectError.from(error).findDetails(ErrorInfoSchema);
  return details.find((info) => info.domain === "registry.v1")?.reason ?? "";
}

/** The resources that a refusal names. */
export function resourcesOf(error: unknown): string[] {
  const details = ConnectError.from(error).findDetails(ResourceInfoSchema);
  return details.map((info) => info.resourceName);
}
