// Which nodes of a function's graph are visible: modules that are folded stand for all inside.
const nodesAtStart = 36; // modules are unfolded, the largest first, while no more than this is visible
const nodesAtMost = 700; // dagre takes seconds for more

// Modules as a tree. One that holds nothing but another module is that one.
function moduleTree(nodes) {
  const root = { path: "", name: "", children: new Map(), nodes: [], parent: null, size: 0 };
  for (const node of nodes) {
    let at = root;
    ++at.size;
    for (const part of node.module ? node.module.split(".") : []) {
      if (!at.children.has(part))
        at.children.set(part, { path: at.path ? `${at.path}.${part}` : part, name: part, children: new Map(), nodes: [], parent: at, size: 0 });
      at = at.children.get(part);
      ++at.size;
    }
    at.nodes.push(node);
  }
  const tidy = (module) => {
    const children = [...module.children.values()].map(tidy);
    module.children = new Map(children.map((child) => [child.path, child]));
    for (const child of children) child.parent = module;
    if (module.path && !module.nodes.length && children.length === 1) {
      children[0].name = `${module.name}.${children[0].name}`;
      return children[0];
    }
    return module;
  };
  tidy(root);
  return root;
}

class Folding {
  constructor(fn, showConstants) {
    this.fn = fn;
    this.nodes = fn.nodes.filter((node) => showConstants || (node.kind !== "parameter" && node.kind !== "constant"));
    this.root = moduleTree(this.nodes);
    this.moduleOf = new Map();
    const visit = (module) => {
      for (const node of module.nodes) this.moduleOf.set(node.id, module);
      module.children.forEach(visit);
    };
    visit(this.root);
    this.open = new Set();
    this.unfoldWhileSmall();
  }

  // A module of one operation is that operation.
  isFolded(module) {
    return module.parent !== null && !this.open.has(module) && module.size > 1;
  }
  countVisible(module) {
    return this.isFolded(module) ? 1 : module.nodes.length + [...module.children.values()].reduce((sum, child) => sum + this.countVisible(child), 0);
  }
  unfoldWhileSmall() {
    let wave = [...this.root.children.values()];
    while (wave.length) {
      wave.sort((a, b) => a.size - b.size);
      for (const module of wave) {
        this.open.add(module);
        if (this.countVisible(this.root) > nodesAtStart) this.open.delete(module);
      }
      wave = wave.filter((module) => this.open.has(module)).flatMap((module) => [...module.children.values()]);
    }
  }
  unfoldAll() {
    const visit = (module) => {
      this.open.add(module);
      module.children.forEach(visit);
    };
    const before = new Set(this.open);
    visit(this.root);
    if (this.countVisible(this.root) <= nodesAtMost) return true;
    this.open = before;
    return false;
  }
  foldAll() {
    this.open.clear();
  }

  // { nodes: [{id, node} or {id, module}], with the module around each; edges; frames }
  visible() {
    const shown = [], frames = [], standsFor = new Map();
    const inside = (module, standIn) => {
      for (const node of module.nodes) standsFor.set(node.id, standIn);
      module.children.forEach((child) => inside(child, standIn));
    };
    const frameId = (module) => (module.parent && module.size > 1 ? "frame:" + module.path : null);
    const visit = (module, around) => {
      if (this.isFolded(module)) {
        const id = "module:" + module.path;
        shown.push({ id, module, parent: around });
        return inside(module, id);
      }
      const own = frameId(module);
      if (own) frames.push({ id: own, module, parent: around });
      for (const node of module.nodes) {
        shown.push({ id: "node:" + node.id, node, parent: own || around });
        standsFor.set(node.id, "node:" + node.id);
      }
      module.children.forEach((child) => visit(child, own || around));
    };
    visit(this.root, null);
    const edges = new Map();
    for (const node of this.nodes)
      for (const input of node.inputs) {
        const from = standsFor.get(input), to = standsFor.get(node.id);
        if (from && to && from !== to) edges.set(from + " " + to, [from, to]);
      }
    return { nodes: shown, frames, edges: [...edges.values()] };
  }

  // All nodes that one of the visible stands for.
  nodesOf(item) {
    if (item.node) return [item.node];
    const all = [];
    const visit = (module) => {
      all.push(...module.nodes);
      module.children.forEach(visit);
    };
    visit(item.module);
    return all;
  }
}
