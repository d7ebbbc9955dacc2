"""Credentials are never read into a record: what looks like one is withheld from every reading, in one place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from artifactpack.core.credentials import WITHHELD, names_a_secret, setting, told, without_password

if TYPE_CHECKING:
    from artifactpack.models.system import DeclaredEnvironment, Pipeline, SystemReading, TrackedRun


def withheld(reading: SystemReading) -> SystemReading:
    """*reading* without credentials in parameters, arguments, commands, addresses and variables."""
    return replace(
        reading,
        runs=tuple(map(_run, reading.runs)),
        data=tuple(replace(version, url=without_password(version.url)) for version in reading.data),
        environments=tuple(map(_environment, reading.environments)),
        pipelines=tuple(map(_pipeline, reading.pipelines)),
        configuration=_settings(reading.configuration),
        facts=_settings(reading.facts),
        warnings=tuple(map(told, reading.warnings)),
    )


def _settings(values: dict[str, Any]) -> dict[str, Any]:
    return {name: setting(name, value) for name, value in values.items()}


def _run(run: TrackedRun) -> TrackedRun:
    return replace(run, parameters=_settings(run.parameters), argv=arguments(run.argv))


def arguments(argv: tuple[str, ...]) -> tuple[str, ...]:
    """*argv* with the words after ``--password`` and the like withheld."""
    shown, before = [], ""
    for word in argv:
        hidden = before.startswith("-") and "=" not in before and names_a_secret(before.lstrip("-"))
        shown.append(WITHHELD if hidden else told(word))
        before = word
    return tuple(shown)


def _environment(environment: DeclaredEnvironment) -> DeclaredEnvironment:
    packages = {name: without_password(version) for name, version in environment.packages.items()}
    return replace(environment, image=without_password(environment.image), packages=packages)


def _pipeline(pipeline: Pipeline) -> Pipeline:
    commands = {name: told(command) for name, command in pipeline.commands.items()}
    return replace(pipeline, commands=commands, parameters=_settings(pipeline.parameters))
