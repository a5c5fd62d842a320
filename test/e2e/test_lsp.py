"""buddy-lsp-server in a real session over its standard streams, as an editor holds it, on real dumps."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attention_model
import pytest
from layers import Layer, buddy

SERVER = Path(os.environ.get("BUDDY", "")).parent / "buddy-lsp-server"


class Editor:
    """One session. Positions are of the protocol: lines and columns count from 0."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.server = subprocess.Popen([SERVER], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self.requests = 0
        self.diagnostics: dict[str, list[Any]] = {}

    def send(self, method: str, params: Any, **more: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        assert self.server.stdin
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def receive(self) -> Any:
        assert self.server.stdout
        length = 0
        while line := self.server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the server ended"
        message = json.loads(self.server.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def request(self, method: str, params: Any) -> Any:
        self.requests += 1
        self.send(method, params, id=self.requests)
        while (message := self.receive()).get("id") != self.requests:
            pass
        assert "error" not in message, message
        return message["result"]

    def open(self, path: Path, text: str) -> list[Any]:
        """Opens the text under the file's name; what the server has to say about it."""
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "mlir", "version": 1, "text": text}
        self.send("textDocument/didOpen", {"textDocument": document})
        while uri not in self.diagnostics:
            self.receive()
        return self.diagnostics[uri]

    def at(self, method: str, path: Path, line: int, character: int) -> Any:
        place = {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": character}}
        return self.request(method, place)


@pytest.fixture
def editor() -> Iterator[Editor]:
    session = Editor()
    capabilities = session.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})["capabilities"]
    assert capabilities["hoverProvider"] and capabilities["definitionProvider"]
    session.send("initialized", {})
    yield session
    session.request("shutdown", None)
    session.send("exit", None)
    assert session.server.wait(timeout=20) == 0


@pytest.fixture(scope="module")
def dumps(tiny: Layer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dumps") / "stages"
    buddy("compile", tiny.archive, "--save-stages", folder, "--until=vector-optimization")
    return folder


def place_of(text: str, part: str, after: int = 0) -> tuple[int, int]:
    """Line and column of the first ``part`` from the offset ``after`` on."""
    at = text.index(part, after)
    return text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1


def test_every_dump_opens_without_a_complaint(editor: Editor, dumps: Path) -> None:
    files = sorted(p for p in dumps.iterdir() if p.suffix in (".log", ".mlir"))
    assert {"graph.log", "graph_fused.log", "subgraph0.mlir", "04-bufferization.mlir"} <= {p.name for p in files}
    for file in files:
        assert editor.open(file, file.read_text()) == [], file.name


def test_hover_and_definition(editor: Editor, dumps: Path) -> None:
    path = dumps / "graph_fused.log"
    text = path.read_text()
    assert editor.open(path, text) == []
    use = text.index("graph.attention")
    hover = editor.at("textDocument/hover", path, *place_of(text, "graph.attention"))
    assert '"graph.attention"' in hover["contents"]["value"]

    # The attention's first operand, from its use to the line that makes it.
    name = text[text.index("%", use) :].split(",")[0].split(")")[0].strip()
    place = place_of(text, name, use)
    found = editor.at("textDocument/definition", path, *place)
    definition = place_of(text, f"{name} = ")
    assert definition[0] < place[0]
    assert found[0]["uri"] == path.as_uri() and found[0]["range"]["start"]["line"] == definition[0]
    # And on to the line of PyTorch that it was made from.
    assert found[1]["uri"] == Path(attention_model.__file__).as_uri()
    source = Path(attention_model.__file__).read_text().splitlines()[found[1]["range"]["start"]["line"]]
    assert "rotate_half" in source, source


def test_what_is_broken_is_marked_at_its_line(editor: Editor, dumps: Path) -> None:
    path = dumps / "graph_fused.log"
    text = path.read_text()
    line, column = place_of(text, "graph.attention")
    unknown = editor.open(path.with_name("unknown.log"), text.replace("graph.attention", "graph.atention", 1))
    assert unknown[0]["range"]["start"] == {"line": line, "character": column}
    assert unknown[0]["severity"] == 1 and "graph.atention" in unknown[0]["message"]

    # Well written, and still wrong: our verifier's words.
    wrong = """func.func @f(%x: tensor<5x6xf32>) -> tensor<5x6xf32> {
  %0 = graph.gelu %x "sigmoid" : tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}
"""
    complaints = editor.open(path.with_name("wrong.mlir"), wrong)
    assert complaints[0]["range"]["start"]["line"] == 1
    assert "approximate must be" in complaints[0]["message"], complaints
