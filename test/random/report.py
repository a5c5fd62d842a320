"""Counts of verdicts, and failures grouped by reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from workers import Report

#: What no program may end as.
FAULTS = ("wrong", "crash", "hang", "worker", "generator", "eager")


@dataclass
class Summary:
    verdicts: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    operations: Counter[str] = field(default_factory=Counter)
    judged: int = 0
    left_out: int = 0
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, report: Report) -> None:
        self.verdicts[report.verdict] += 1
        self.kinds[report.kind][report.verdict] += 1
        if report.verdict != "fine":
            self.reasons[report.verdict, report.reason].append(report.seed)
        self.operations.update(set(report.operations))
        self.judged += report.judged
        self.left_out += report.left_out
        self.seconds.update(report.seconds)

    @property
    def programs(self) -> int:
        return sum(self.verdicts.values())

    @property
    def faults(self) -> int:
        return sum(self.verdicts[verdict] for verdict in FAULTS)

    def text(self) -> str:
        exported = self.programs - self.verdicts["not exported"]
        compiled = exported - self.verdicts["refused"] - self.verdicts["crash"] - self.verdicts["hang"]
        lines = [
            f"{self.programs} programs: "
            + ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.most_common()),
            f"{compiled} of {exported} compile ({100 * compiled / max(exported, 1):.1f} %); "
            f"{self.judged} elements judged, {self.left_out} left out ({100 * self.left_out / max(self.judged + self.left_out, 1):.2f} %)",
        ]
        for kind, counts in sorted(self.kinds.items()):
            lines.append(f"  {kind}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()))
        order = sorted(self.reasons.items(), key=lambda item: (item[0][0] not in FAULTS, item[0][0], -len(item[1])))
        for (verdict, reason), seeds in order:
            shown = " ".join(map(str, sorted(seeds)[:6])) + (" ..." if len(seeds) > 6 else "")
            lines.append(f"  {len(seeds):4} {verdict}: {reason or '-'} (seeds {shown})")
        total = {name: round(value / max(self.programs, 1), 2) for name, value in self.seconds.items()}
        return "\n".join([*lines, f"seconds a program: {total}"])
