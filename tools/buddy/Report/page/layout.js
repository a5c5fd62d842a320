// Where the nodes of a graph stand, by dagre. Runs in a worker: `layoutGraph` is all it is asked for.
"use strict";

// nodes: [{id, width, height, parent}], frames: [{id, parent}], edges: [[from, to]]
function layoutGraph({ nodes, frames, edges }) {
  const graph = new dagre.graphlib.Graph({ compound: true });
  graph.setGraph({ rankdir: "TB", nodesep: 18, edgesep: 10, ranksep: 34, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const frame of frames) graph.setNode(frame.id, {});
  for (const node of nodes) graph.setNode(node.id, { width: node.width, height: node.height });
  for (const item of [...frames, ...nodes]) if (item.parent) graph.setParent(item.id, item.parent);
  for (const [from, to] of edges) graph.setEdge(from, to);
  dagre.layout(graph);
  const place = (id) => {
    const { x, y, width, height } = graph.node(id);
    return { id, x: x - width / 2, y: y - height / 2, width, height };
  };
  return {
    width: graph.graph().width,
    height: graph.graph().height,
    nodes: nodes.map((node) => place(node.id)),
    frames: frames.map((frame) => place(frame.id)),
    edges: edges.map(([from, to]) => ({ from, to, points: graph.edge(from, to).points })),
  };
}

if (typeof WorkerGlobalScope !== "undefined")
  onmessage = ({ data }) => postMessage(layoutGraph(data));
