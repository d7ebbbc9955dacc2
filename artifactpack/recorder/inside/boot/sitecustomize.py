"""Start the recorder in every Python process of a recorded run, then the `sitecustomize` that would have run."""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _load_inside():
    """Import the recorder by its files, under a name nobody else uses."""
    import _frozen_importlib as machinery
    import _frozen_importlib_external as external

    home = os.path.dirname(_HERE)
    name = "_artifactpack_inside"
    spec = external.spec_from_file_location(name, os.path.join(home, "__init__.py"), submodule_search_locations=[home])
    package = machinery.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    from _artifactpack_inside import start

    start.start()


def _chain():
    """Run the next `sitecustomize` on the path, as if ours had not been there."""
    import _frozen_importlib as machinery
    import _frozen_importlib_external as external

    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != _HERE]
    spec = external.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        return
    module = machinery.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


if os.environ.get("ARTIFACTPACK_EVENTS"):
    try:
        _load_inside()
    except Exception:
        pass
_chain()
