"""`bundle --convert-weights`: safetensors beside every torch checkpoint that can be read without running code."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from artifactpack.archive.content import Entry
from artifactpack.archive.convert import convert_weights
from artifactpack.errors import InputError, RefusedError
from artifactpack.models.event import Event, Notify
from artifactpack.pipeline.bundle_plan import Plan

_CHECKPOINTS = (".pt", ".pth", ".bin", ".ckpt")


def add_converted(plan: Plan, folder: Path, notify: Notify) -> None:
    """Add what can be converted to *plan*, written into *folder*; what cannot is told. MissingExtraError without torch.

    Only weights whose every tensor is the same afterwards go in, and nothing that is there already is replaced.
    """
    chosen = plan.chosen
    for path, entry in list(chosen.entries.items()):
        beside = str(PurePosixPath(path).with_suffix(".safetensors"))
        if entry.role != "weights" or entry.file is None or entry.url or not path.endswith(_CHECKPOINTS):
            continue
        if beside in chosen.entries:
            continue
        notify(Event(stage="converting weights", text=path))
        made = folder / f"{len(chosen.entries)}.safetensors"
        try:
            convert_weights(entry.file, made)
        except (InputError, RefusedError) as error:
            chosen.findings.append(f"not converted: {str(error).replace(str(entry.file), path)}")
            continue
        size = made.stat().st_size
        chosen.take(Entry(beside, "weights", file=made, size=size), f"{path} as safetensors, every tensor the same")
