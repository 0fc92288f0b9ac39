/** Registers a cluster, reads it back, and brings a copy of all names up to date. */
import { randomUUID } from "node:crypto";

import { Copy } from "./copy.js";
import { connect, reasonOf } from "./registry.js";

const [address = "http://127.0.0.1:50051", file = "copy.json"] = process.argv.slice(2);
const registry = connect(address);

// One request id for each fact, chosen before the first attempt: then it may be sent again.
const command = {
  options: { requestId: randomUUID(), effective: { date: { year: 2006 } } },
  clusterId: "demo-typescript",
  name: "Démo",
  country: "FR",
};
try {
  const { recorded } = await registry.clusters.registerCluster(command);
  console.log(`registered at position ${recorded?.position}`);
  // Whoever answers, this read sees what was just recorded.
  const { clusters } = await registry.clusters.listClusters({
    options: { minPosition: recorded?.position },
    pageSize: 1000,
  });
  console.log(clusters.some(({ cluster }) => cluster === "clusters/demo-typescript"));
} catch (error) {
  if (reasonOf(error) !== "ALREADY_EXISTS") throw error;
  console.log("registered already");
}

const copy = await Copy.open(file);
const before = copy.position;
await copy.follow(registry);
console.log(`followed from position ${before} to ${copy.position}`);
for (const [cluster, name] of [...copy.names].sort()) console.log(`${cluster} ${name}`);
