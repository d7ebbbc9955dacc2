"""What is drawn before the seed and done anew after it: a model that is only measured, loaded or filled again."""

from __future__ import annotations

from artifactpack.patterns import late
from artifactpack.project.program import Draw, Seeding
from artifactpack.project.python_record import Event, FileRecord
from artifactpack.project.trace_names import OPTIMISER

_WEIGHTS = late(r"torch\.nn\.|torchvision\.models|timm\.")
_FILLS = late(
    r"(?:^|\.)(?:data|weight|bias)\.(?:normal_|uniform_|trunc_normal_)$"
    r"|^torch\.nn\.init\.(?:\w*uniform_?|\w*normal_?|orthogonal_?)$"
)


class Redone:
    """Gathered while a program is followed; orders are those of its calls."""

    def __init__(self) -> None:
        self.within: list[tuple[str, str]] = []
        self.again: dict[tuple[str, str], int] = {}
        self._chains: dict[int, tuple[tuple[str, str], ...]] = {}
        self._loads: list[int] = []
        self._fills: list[int] = []

    def drawn(self, order: int) -> None:
        """Keep the functions in which the program is when it draws."""
        self._chains[order] = tuple(self.within)

    def note(self, record: FileRecord, scope: str, event: Event, name: str, order: int) -> None:
        """Keep a call that replaces the weights of a model: loaded, or filled by a function outside of its class."""
        if name.endswith(".load_state_dict") and not event.guard and not OPTIMISER.search(event.name):
            self._loads.append(order)
        elif _FILLS.search(name):
            around = record.scopes.get(scope.rpartition(".")[0])
            if around is None or around.kind != "c":
                self._fills.append(order)

    def settle(self, draws: list[Draw], seedings: list[Seeding]) -> tuple[Draw, ...]:
        """The draws: of those that are redone once the seed is set it does not matter that they came before."""
        return tuple(d if d.late else d._replace(late=self._redone(d, seedings)) for d in draws)

    def _redone(self, draw: Draw, seedings: list[Seeding]) -> bool:
        seeds = [
            s.order
            for s in seedings
            if draw.library in s.libraries and s.scope == "global" and s.value is not None and not s.off
        ]
        if not seeds or seeds[0] < draw.order:
            return False
        if any(self.again.get(function, 0) >= seeds[0] for function in self._chains.get(draw.order, ())):
            return True
        if not _WEIGHTS.match(draw.call):
            return False
        return any(draw.order < o < seeds[0] for o in self._loads) or any(o > seeds[0] for o in self._fills)
