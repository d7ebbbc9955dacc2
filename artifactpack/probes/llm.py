"""Large language models used by the method itself."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding, Source
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import code_of, place
from artifactpack.project import Project

NAME = "llm"
FACTS = {
    "used": "method code calls a language model service or samples from one",
    "clients": "libraries through which it is called",
    "models": "model names in the code or configuration",
    "sampling": "sampling settings that are fixed in the code",
    "described": "documents describe the use",
}
_CLIENT_NAMES = (
    "openai anthropic cohere mistralai litellm langchain langchain_openai langchain_community langchain_core vllm groq "
    "langchain_anthropic llama_index replicate ollama together dspy guidance sglang llama_cpp vertexai"
)
_CLIENTS = tuple(_CLIENT_NAMES.split())
_DOTTED = late(r"google\.(?:generativeai|genai)\b")
_CAUSAL = late(
    r"transformers\.(?:AutoModelForCausalLM|LlamaForCausalLM|GPT2LMHeadModel|MistralForCausalLM"
    r"|AutoModelForSeq2SeqLM)\.from_pretrained$"
)
_MODELS = late(
    rb"[\"']((?:gpt-[345][\w.-]*|o[134](?:-mini|-preview)?|claude-[\w.-]+|gemini-[\w.-]+|text-davinci-\d+"
    rb"|meta-llama/[\w.-]+|mistralai/[\w.-]+"
    rb"|Qwen/[\w.-]+|google/gemma[\w.-]*|deepseek-[\w./-]+|lmsys/[\w.-]+|huggyllama/[\w.-]+"
    rb"|decapoda-research/[\w.-]+))[\"']"
)
_SAMPLING = late(rb"\b(temperature|top_p|top_k|max_(?:new_)?tokens|do_sample)\s*=\s*([\d.]+|True|False)")
_MODEL_TOKENS = tuple(
    mark + name
    for mark in (b'"', b"'")
    for name in (
        *(b"gpt-", b"o1", b"o3", b"o4", b"claude-", b"gemini-", b"text-davinci-", b"meta-llama/", b"mistralai/"),
        *(b"Qwen/", b"google/gemma", b"deepseek-", b"lmsys/", b"huggyllama/", b"decapoda-research/"),
    )
)
_SAMPLING_TOKENS = (b"temperature", b"top_p", b"top_k", b"_tokens", b"do_sample")
_DESCRIBED = late(
    r"\b(?:LLMs?|large language models?|GPT-?\d|ChatGPT|Claude|Gemini|LLaMA|Llama[- ]?\d|Qwen|Mistral|OpenAI API)\b"
)


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report clients, models and sampling settings in own code, tests and vendored trees left out."""
    index = project.index
    clients: dict[str, Source] = {n: at(*places[0]) for n, places in index.modules_named(_CLIENTS).items()}
    for path, record in index.records.items():
        for module, line in record.modules:
            if _DOTTED.match(module):
                clients.setdefault(module, at(path, index.line(path, line)))
    for path, name, event, _ in index.calls(_CAUSAL):
        clients.setdefault("transformers", at(path, index.line(path, event.line), name))
    models = {m.decode(): s for m, s in _found(project, _MODELS, _MODEL_TOKENS).items()} if clients else {}
    sampling = {m.decode(): s for m, s in _found(project, _SAMPLING, _SAMPLING_TOKENS).items()} if clients else {}
    said = [at(line.path, line.number, line.text) for line, _ in project.prose.find(_DESCRIBED)]
    facts = {
        "used": known(*(seen("static", True, s, note=n) for n, s in clients.items()))
        if clients
        else absent("no client of a language model in the code"),
        "clients": known(seen("static", sorted(clients), *clients.values())),
        "models": known(seen("static", sorted(models), *models.values())),
        "sampling": known(seen("static", sorted(sampling), *sampling.values())),
        "described": known(*(seen("static", True, s) for s in said[:5]))
        if said
        else absent("no document speaks of language models"),
    }
    return Finding(facts=facts)


def _found(project: Project, pattern: re.Pattern[bytes], tokens: tuple[bytes, ...]) -> dict[bytes, Source]:
    """What *pattern* matches in files that hold one of *tokens*, which every match holds."""
    found: dict[bytes, Source] = {}
    for path in project.index.chosen:
        data = code_of(project, path)
        if not any(token in data for token in tokens):
            continue
        for match in pattern.finditer(data):
            key = b"=".join(g for g in match.groups() if g)
            if key not in found:
                found[key] = place(project, path, data, match.start(), match.group())
    return found
