"""YAML from strangers: no aliases, no tags, no repeated keys, bounded depth, YAML 1.2's idea of true and false."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from artifactpack.errors import ChecklistError

if TYPE_CHECKING:
    from artifactpack.core.checklist import Text

DEEPEST = 20
PLAIN_TEXT_KEYS = frozenset({"id", "gate", "title", "question", "extends", "date"})  # `id: 4.10` is not a number


def read_yaml(text: Text) -> Any:
    """Parse *text*; raises :class:`ChecklistError` naming file and line."""
    import yaml

    try:
        loaded = yaml.load(text.data.decode("utf-8-sig"), Loader=_loader())  # noqa: S506 - a subclass of SafeLoader
    except UnicodeDecodeError as error:
        raise ChecklistError(f"{text.name}: not UTF-8 at byte {error.start}; save it as UTF-8.") from error
    except yaml.YAMLError as error:
        raise ChecklistError(f"{text.name}: {_sentence(error)}") from error
    except RecursionError as error:
        raise ChecklistError(f"{text.name}: nested too deeply; a checklist is nearly flat.") from error
    except ValueError as error:
        raise ChecklistError(f"{text.name}: a value cannot be read ({error}).") from error
    return loaded


def _sentence(error: Any) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {problem}" if mark else f"not valid YAML: {problem}"


@cache
def _loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """SafeLoader without aliases (a bomb's fuse), repeated keys, timestamps and `yes` as a boolean."""

        depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise self.refusal("aliases (*name) are not accepted; repeat the text")
            self.depth += 1
            if self.depth > DEEPEST:
                raise self.refusal("nested too deeply; a checklist is nearly flat")
            try:
                return super().compose_node(parent, index)
            finally:
                self.depth -= 1

        def refusal(self, problem: str) -> Exception:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            return yaml.composer.ComposerError(None, None, problem, mark)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise yaml.constructor.ConstructorError(None, None, "a key is a plain word", key.start_mark)
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"key '{key.value}' twice", key.start_mark)
                seen.add(key.value)
                key.tag = "tag:yaml.org,2002:str"
                if key.value in PLAIN_TEXT_KEYS and isinstance(value, yaml.ScalarNode):
                    value.tag = "tag:yaml.org,2002:str"
            return super().construct_mapping(node, deep)

    Loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith((":bool", ":timestamp", ":merge"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    import re

    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
    return Loader
