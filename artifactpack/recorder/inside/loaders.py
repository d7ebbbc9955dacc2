"""Data loaders (workers, shuffling, generator) and files that C or Rust code opens out of the audit hook's sight."""

import os

from . import events, files, hooks, where

_sites = {}


def install():
    hooks.after_import("torch.utils.data.dataloader", _patch_loader)
    hooks.after_import("safetensors.torch", lambda module: _patch_safetensors(module, ("load_model", "save_model")))
    hooks.after_import("safetensors.numpy", lambda module: _patch_safetensors(module, ()))
    hooks.after_import("cv2", lambda module: _note_path(module, "imread", False))
    hooks.after_import("h5py", _patch_h5py)


def _patch_loader(module):
    def after(args, kwargs, result):
        _loader(args[0])

    hooks.wrap(module.DataLoader, "__init__", None, after)


def _loader(loader):
    path, line, _ = where.caller(4)
    _sites[path, line] = _sites.get((path, line), 0) + 1
    if _sites[path, line] > 3:
        return
    generator = loader.generator
    fields = {
        "workers": loader.num_workers,
        "sampler": type(loader.sampler).__name__,
        "batch_size": loader.batch_size,
        "generator_seed": None if generator is None else generator.initial_seed(),
        "worker_init": loader.worker_init_fn is not None,
        "path": path,
        "line": line,
    }
    events.emit("loader", fields)


def _patch_safetensors(module, more):
    for name, write in (("load_file", False), ("save_file", True)):
        if hasattr(module, name):
            _note_path(module, name, write)
    for name in more:
        if hasattr(module, name):
            _note_path(module, name, name.startswith("save"), 1)


def _note_path(module, name, write, position=None):
    """Note the file that ``module.name`` gets: first argument of a reader, second of a writer."""
    place = position if position is not None else int(write)

    def before(args, kwargs):
        path = args[place] if len(args) > place else kwargs.get("filename")
        if isinstance(path, (str, bytes, os.PathLike)):
            files.note(os.fsdecode(path), write)

    hooks.wrap(module, name, before)


def _patch_h5py(module):
    def before(args, kwargs):
        path = args[1] if len(args) > 1 else kwargs.get("name")
        mode = args[2] if len(args) > 2 else kwargs.get("mode", "r")
        if isinstance(path, (str, bytes, os.PathLike)):
            files.note(os.fsdecode(path), mode != "r")

    hooks.wrap(module.File, "__init__", before)
