/** A stage (site and item) of a supply tree, as the guaranteed-service model sees it. */
export interface GuaranteedStage {
  readonly id: string;
  /** Whole periods it takes once everything it needs is there. */
  readonly processingTime: number;
  /** Cost of holding a unit for a period. */
  readonly holdingCost: number;
  /** How many standard deviations of demand the stage answers for (z of its service). */
  readonly serviceFactor: number;
  /** Standard deviation of a period's demand from outside, at stages that customers ask. */
  readonly demandDeviation?: number;
  /** Longest time in which a customer (or who asks from outside) is served. */
  readonly serviceTimeMax?: number;
  /** Time in which a supplier outside serves this stage; 0 unless said. */
  readonly supplierTime?: number;
}

/** A tree: who supplies whom. */
export interface GuaranteedTree {
  readonly stages: readonly GuaranteedStage[];
  readonly links: readonly { readonly from: string; readonly to: string }[];
  /** How demands of the customers go together: 0 independent (the rule), 1 in step. */
  readonly correlation?: number;
}

/** What a stage promises and holds. */
export interface GuaranteedStock {
  readonly id: string;
  /** Time in which it serves whom it supplies. */
  readonly serviceTime: number;
  /** Time in which what it needs is there. */
  readonly inboundTime: number;
  /** inbound + processing - service: what its safety stock covers. */
  readonly coveredTime: number;
  readonly safetyStock: number;
  readonly demandDeviation: number;
}

interface Node extends GuaranteedStage {
  readonly index: number;
  readonly suppliers: number[];
  readonly customers: number[];
  deviation: number;
  longest: number;
}

/** Checks the tree and gathers what each stage supplies and is supplied by. */
function nodesOf({ stages, links, correlation = 0 }: GuaranteedTree): Node[] {
  const indexOf = new Map(stages.map(({ id }, index) => [id, index]));
  const nodes: Node[] = stages.map((stage, index) => {
    const { processingTime, supplierTime = 0, id } = stage;
    for (const time of [processingTime, supplierTime, stage.serviceTimeMax ?? 0]) {
      if (!Number.isInteger(time) || time < 0) {
        throw new RangeError(`stage ${id} has a time that is no whole number of periods`);
      }
    }
    if (!(stage.holdingCost >= 0) || !(stage.serviceFactor >= 0)) {
      throw new RangeError(`stage ${id} needs a holding cost and a service factor of at least 0`);
    }
    return { ...stage, index, suppliers: [], customers: [], deviation: 0, longest: 0 };
  });
  for (const { from, to } of links) {
    const [source, target] = [indexOf.get(from), indexOf.get(to)];
    if (source === undefined || target === undefined) {
      throw new RangeError(`link ${from} - ${to} names a stage that is not there`);
    }
    nodes[source]!.customers.push(target);
    nodes[target]!.suppliers.push(source);
  }
  if (links.length !== nodes.length - 1 || reached(nodes).size !== nodes.length) {
    throw new RangeError('the stages and links are no tree');
  }
  for (const node of downstreamFirst(nodes)) {
    node.deviation = pooled(
      [node.demandDeviation ?? 0, ...node.customers.map((c) => nodes[c]!.deviation)],
      correlation,
    );
  }
  for (const node of downstreamFirst(nodes).reverse()) {
    const before = node.suppliers.map((s) => nodes[s]!.longest);
    node.longest = node.processingTime + Math.max(node.supplierTime ?? 0, ...before);
  }
  return nodes;
}

/** Standard deviation of a sum of demands with one correlation between any two. */
function pooled(deviations: readonly number[], correlation: number): number {
  const sum = deviations.reduce((total, deviation) => total + deviation, 0);
  const squares = deviations.reduce((total, deviation) => total + deviation ** 2, 0);
  return Math.sqrt(squares + correlation * (sum * sum - squares));
}

function reached(nodes: readonly Node[]): Set<number> {
  const seen = new Set<number>([0]);
  for (const index of seen) {
    for (const next of [...nodes[index]!.suppliers, ...nodes[index]!.customers]) seen.add(next);
  }
  return seen;
}

function downstreamFirst(nodes: readonly Node[]): Node[] {
  const order: Node[] = [];
  const visit = (node: Node) => {
    if (order.includes(node)) return;
    for (const customer of node.customers) visit(nodes[customer]!);
    order.push(node);
  };
  for (const node of nodes) visit(node);
  return order;
}

/** What a stage's part of the tree costs at best, by the time towards the rest of the tree. */
interface Part {
  /** Cost by that time: its own service time (rest downstream) or inbound time (upstream). */
  readonly cost: Float64Array;
  /** The other time that goes with it. */
  readonly other: Int32Array;
}

/** Order in which each stage has at most one neighbour after it (Graves & Willems, step 1). */
function peeled(nodes: readonly Node[]): { node: Node; rest: number | null }[] {
  const left = new Set(nodes.map(({ index }) => index));
  const order: { node: Node; rest: number | null }[] = [];
  while (left.size > 0) {
    const leaf = nodes.find(({ index, suppliers, customers }) => {
      if (!left.has(index)) return false;
      return [...suppliers, ...customers].filter((next) => left.has(next)).length <= 1;
    })!;
    left.delete(leaf.index);
    const rest = [...leaf.suppliers, ...leaf.customers].find((next) => left.has(next)) ?? null;
    order.push({ node: leaf, rest });
  }
  return order;
}

/** Cost of a stage and of what hangs on it, for its inbound and its service time. */
function costAt(
  node: Node,
  parts: ReadonlyMap<number, Part>,
  inbound: number,
  service: number,
): number {
  const covered = inbound + node.processingTime - service;
  const isPossible =
    covered >= 0 &&
    inbound >= (node.supplierTime ?? 0) &&
    (node.serviceTimeMax === undefined || service <= node.serviceTimeMax);
  if (!isPossible) return Number.POSITIVE_INFINITY;
  let cost = node.holdingCost * node.serviceFactor * node.deviation * Math.sqrt(covered);
  for (const supplier of node.suppliers) {
    const part = parts.get(supplier);
    if (part) cost += part.cost[Math.min(inbound, part.cost.length - 1)]!;
  }
  for (const customer of node.customers) {
    const part = parts.get(customer);
    if (part) cost += part.cost[service] ?? Number.POSITIVE_INFINITY;
  }
  return cost;
}

/**
 * The part's cost where the rest of the tree is downstream, by service time, made the least over
 * shorter times (who is served sooner can wait), or where it is upstream, by inbound time, made
 * the least over longer ones.
 */
function partOf(node: Node, isRestDownstream: boolean, parts: ReadonlyMap<number, Part>): Part {
  const times = node.longest + 1;
  const inboundMost = node.longest - node.processingTime;
  const size = isRestDownstream ? times : inboundMost + 1;
  const cost = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const other = new Int32Array(size);
  for (let time = 0; time < size; time += 1) {
    const most = isRestDownstream ? inboundMost : time + node.processingTime;
    for (let second = 0; second <= most; second += 1) {
      const [inbound, service] = isRestDownstream ? [second, time] : [time, second];
      const here = costAt(node, parts, inbound, service);
      if (here < cost[time]!) {
        cost[time] = here;
        other[time] = second;
      }
    }
  }
  return { cost, other };
}

/** Least over shorter times (forwards) or over longer ones (backwards), with its place. */
function leastAlong(part: Part, forwards: boolean): { part: Part; place: Int32Array } {
  const size = part.cost.length;
  const cost = part.cost.slice();
  const place = Int32Array.from({ length: size }, (_, time) => time);
  for (let step = 1; step < size; step += 1) {
    const time = forwards ? step : size - 1 - step;
    const before = forwards ? time - 1 : time + 1;
    if (cost[before]! < cost[time]!) {
      cost[time] = cost[before]!;
      place[time] = place[before]!;
    }
  }
  return { part: { cost, other: part.other }, place };
}

/** The result of the guaranteed-service model. */
export interface GuaranteedPlan {
  readonly stages: readonly GuaranteedStock[];
  /** Cost of holding all safety stock, per period. */
  readonly cost: number;
}

/**
 * Safety stock in a supply tree under guaranteed service (Graves & Willems, Manufacturing &
 * Service Operations Management 2(1), 2000; Snyder & Shen 2019, section 6.3): every stage
 * promises a time in which it always serves demand up to its bound, and holds what covers the
 * time it is short of; the times are chosen by dynamic programming over the tree, exact in
 * O(stages x time^2). Demand is pooled upstream. Ties go to the shorter service time.
 * @throws RangeError where the stages are no tree or a figure is impossible.
 */
export function guaranteedService(tree: GuaranteedTree): GuaranteedPlan {
  const nodes = nodesOf(tree);
  const order = peeled(nodes);
  const parts = new Map<number, Part>();
  const places = new Map<number, { raw: Part; place: Int32Array; downstream: boolean }>();
  for (const { node, rest } of order.slice(0, -1)) {
    const downstream = node.customers.includes(rest!);
    const raw = partOf(node, downstream, parts);
    const { part, place } = leastAlong(raw, downstream);
    parts.set(node.index, part);
    places.set(node.index, { raw, place, downstream });
  }
  const root = order[order.length - 1]!.node;
  const last = partOf(root, true, parts);
  const service = last.cost.indexOf(last.cost.reduce((a, b) => Math.min(a, b)));
  const times = new Map([[root.index, { service, inbound: last.other[service]! }]]);
  for (const { node, rest } of order.slice(0, -1).reverse()) {
    const { raw, place, downstream } = places.get(node.index)!;
    const neighbour = times.get(rest!)!;
    const asked = downstream ? neighbour.inbound : neighbour.service;
    const time = place[Math.min(asked, place.length - 1)]!;
    const other = raw.other[time]!;
    times.set(
      node.index,
      downstream ? { service: time, inbound: other } : { service: other, inbound: time },
    );
  }
  const stages = nodes.map((node) => stockOf(node, times.get(node.index)!));
  const cost = stages.reduce((sum, stock, i) => sum + stock.safetyStock * nodes[i]!.holdingCost, 0);
  if (!Number.isFinite(last.cost[service]!)) {
    throw new RangeError('no service times keep every promise');
  }
  return { stages, cost };
}

function stockOf(node: Node, times: { service: number; inbound: number }): GuaranteedStock {
  const coveredTime = times.inbound + node.processingTime - times.service;
  return {
    id: node.id,
    serviceTime: times.service,
    inboundTime: times.inbound,
    coveredTime,
    safetyStock: node.serviceFactor * node.deviation * Math.sqrt(coveredTime),
    demandDeviation: node.deviation,
  };
}
