"""Which calls draw random numbers, and from whose generator."""

from __future__ import annotations

import re

from artifactpack.patterns import late

_DRAWS = (
    (
        "random",
        late(
            r"random\.(?:random|randint|randrange|choices?|shuffle|sample|uniform|gauss|normalvariate|"
            r"betavariate|expovariate|getrandbits|triangular|lognormvariate)$"
        ),
    ),
    (
        "numpy",
        late(
            r"numpy\.random\.(?!seed$|default_rng|RandomState|SeedSequence|Generator|PCG64|MT19937|Philox|"
            r"set_state|get_state|mtrand$|BitGenerator)\w+$"
        ),
    ),
    (
        "torch",
        late(
            r"torch\.(?:rand\w*|normal|multinomial|bernoulli|poisson|nn\.(?:Linear|Bilinear|Conv\w*|LSTM\w*|"
            r"GRU\w*|RNN\w*|Embedding\w*|Dropout\w*|"
            r"Transformer\w*|MultiheadAttention|init\.(?:\w*uniform_?|\w*normal_?|orthogonal_?|sparse_?)|"
            r"functional\.(?:dropout\w*|gumbel_softmax))|"
            r"distributions\.\w+.*\.r?sample|"
            r"utils\.data\.(?:random_split|RandomSampler|SubsetRandomSampler|WeightedRandomSampler))$|"
            r"torchvision\.models\.(?:\w+\.)*\w+$|timm\.create_model$"
        ),
    ),
    (
        "tensorflow",
        late(
            r"tensorflow\.(?:random\w*\.?\w*|truncated_normal\w*|get_variable|layers\.\w+|nn\.dropout|"
            r"contrib\.layers\.\w+|keras\.layers\.(?:Dense|Conv\w*|LSTM|GRU|Embedding|Dropout)|"
            r"compat\.v1\.(?:get_variable|random\w*|layers\.\w+)\w*|multinomial)$|keras\.layers\.(?:Dense|"
            r"Conv\w*|LSTM|GRU|Embedding|Dropout|core\.Dense)$"
        ),
    ),
)
_BY_ARGUMENT = late(r"(?:torchvision\.models|timm)\.")
_NO_WEIGHTS = ("=false", "=null")
_BEGINS_CONSTANT = late(r"[!$](?:\w+\.)*(?:zeros|ones|constant|identity)(?:_initializer)?$", re.IGNORECASE)
LOADER = late(r"(?:torch\.utils\.data\.(?:\w+\.)*|torch_geometric\.(?:loader|data)\.)\w*Loader$")
BY_OBJECT = ("gym", "llm")
"""Libraries without a global generator: seeding the object that draws is all there is."""
SERVICES = late(
    r"openai\.(?:ChatCompletion|Completion|OpenAI\(\).*|resources.*)\.create$|vllm\.SamplingParams$|"
    r"(?:.*\.)?(?:chat\.)?completions\.create$|anthropic\.Anthropic\(\)\.messages\.create$|(?:.*\.)?messages\.create$|"
    r"litellm\.completion$"
)
_ENVIRONMENTS = late(r"(?:gym|gymnasium)\.(?:make|make_vec|vector\.make|vector\.SyncVectorEnv|vector\.AsyncVectorEnv)$")
_NOT_DRAWS = late(
    r"tensorflow\.(?:random\.set_seed|set_random_seed|random\.set_random_seed|random\.Generator)$"
    r"|tensorflow\.(?:\w+\.)*layers\.(?:\w*norm\w*|\w*flatten|\w*pool\w*|Layer|Input\w*)$"
)
_WHEN_USED = late(r"Dropout|Loader$|Sampler$")
_ESTIMATORS = late(
    r"sklearn\.(?:model_selection\.(?:train_test_split|ShuffleSplit|StratifiedShuffleSplit|RandomizedSearchCV)|"
    r"cluster\.(?:KMeans|MiniBatchKMeans|SpectralClustering)|"
    r"ensemble\.(?:RandomForest\w+|ExtraTrees\w+|GradientBoosting\w+|Bagging\w+|AdaBoost\w+)|"
    r"neural_network\.MLP\w+|mixture\.\w+|manifold\.TSNE|"
    r"decomposition\.(?:TruncatedSVD|NMF|FastICA|LatentDirichletAllocation)|linear_model\.SGD\w+|"
    r"utils\.(?:shuffle|resample))$"
)


def draw(name: str, arguments: dict[str, tuple[str, ...]] | None) -> str:
    """The library from whose global generator the call *name* (resolved) draws, or ""."""
    for library, pattern in _DRAWS:
        if pattern.match(name):
            return "" if _NOT_DRAWS.match(name) or _given_all(name, arguments) else library
    if LOADER.match(name):
        return "torch" if _shuffles(name, arguments) else ""
    if _ENVIRONMENTS.match(name):
        return "gym"
    if SERVICES.match(name):
        greedy = bool(arguments) and (arguments or {}).get("temperature", ("",))[0] in ("=0", "=0.0")
        return "" if greedy else "llm"
    if _ESTIMATORS.match(name) and not (arguments and "random_state" in arguments):
        return "numpy"
    return ""


def when_used(last: str) -> bool:
    """Whether what the call of *last* makes draws when it is used, not when it is made."""
    return _WHEN_USED.search(last) is not None


def _given_all(name: str, arguments: dict[str, tuple[str, ...]] | None) -> bool:
    """Whether the call is given a generator of its own, values to begin with, or weights that are trained already."""
    if not arguments:
        return False
    begin = [atom for atom in arguments.get("initializer", ()) if atom[0] in "!$"]
    if begin and all(map(_BEGINS_CONSTANT.match, begin)):
        return True
    if "generator" in arguments and tuple(arguments["generator"]) != ("=null",):
        return True
    given = arguments.get("weights") or arguments.get("pretrained") or _NO_WEIGHTS
    return _BY_ARGUMENT.match(name) is not None and given[0] not in _NO_WEIGHTS


def _shuffles(name: str, arguments: dict[str, tuple[str, ...]] | None) -> bool:
    """Whether the loader's order is a matter of chance; torch's own is not, unless it is told to shuffle."""
    given = arguments or {}
    if "generator" in given:
        return False
    return not name.endswith(".DataLoader") or tuple(given.get("shuffle", ("=false",))) != ("=false",)
