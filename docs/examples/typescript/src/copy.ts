/** A copy of the names of all clusters, kept in a file together with its position. */
import { readFile, rename, writeFile } from "node:fs/promises";

import { type Change, ChangeKind, ResourceKind } from "./gen/registry/v1/change_service_pb.js";
import type { Cluster } from "./gen/registry/v1/cluster_service_pb.js";
import { reasonOf, type Registry, resourcesOf } from "./registry.js";

const BATCH_SIZE = 500;

export class Copy {
  private constructor(
    private readonly file: string,
    public position: bigint,
    public readonly names: Map<string, string>,
  ) {}

  /** Opens a copy; an empty one where there is no file yet. */
  static async open(file: string): Promise<Copy> {
    const text = await readFile(file, "utf8").catch(() => '{"position": "0", "names": {}}');
    const { position, names } = JSON.parse(text);
    return new Copy(file, BigInt(position), new Map(Object.entries(names)));
  }

  /** Takes over what changed since the copy was last brought up to date. */
  async follow(registry: Registry): Promise<void> {
    let caughtUp = false;
    while (!caughtUp) {
      const page = await registry.changes.listChanges({
        afterPosition: this.position,
        resourceKinds: [ResourceKind.CLUSTER],
        pageSize: 500,
      });
      await this.apply(registry, page.changes, page.nextPosition);
      this.position = page.nextPosition;
      await this.save();
      caughtUp = page.caughtUp;
    }
  }

  private async apply(registry: Registry, changes: Change[], position: bigint): Promise<void> {
    const changed: string[] = [];
    for (const { resource, kind } of changes) {
      if (kind === ChangeKind.RETRACTED) this.names.delete(resource);
      else changed.push(resource);
    }
    for (const { cluster, name } of await read(registry, changed, position)) {
      this.names.set(cluster, name);
    }
  }

  /** Saves as a whole: names and position are always of one moment. */
  private async save(): Promise<void> {
    const names = Object.fromEntries([...this.names].sort());
    const text = JSON.stringify({ position: String(this.position), names }, null, 2);
    await writeFile(`${this.file}.new`, text);
    await rename(`${this.file}.new`, this.file);
  }
}

/** Reads clusters, but for those that were retracted meanwhile, as a later page will tell. */
async function read(registry: Registry, names: string[], minPosition: bigint): Promise<Cluster[]> {
  const found: Cluster[] = [];
  while (names.length > 0) {
    try {
      const clusters = names.slice(0, BATCH_SIZE);
      const answer = await registry.clusters.batchGetClusters({ options: { minPosition }, clusters });
      found.push(...answer.clusters);
      names = names.slice(BATCH_SIZE);
    } catch (error) {
      const missing = resourcesOf(error);
      if (reasonOf(error) !== "NOT_FOUND" || missing.length === 0) throw error;
      names = names.filter((name) => !missing.includes(name));
    }
  }
  return found;
}
