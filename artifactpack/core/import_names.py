"""Names kept as data: modules whose distribution is called otherwise, what documents call packages, known packages."""

DIFFERENT = {
    "absl": "absl-py",
    "acme": "dm-acme",
    "apex": "nvidia-apex",
    "attr": "attrs",
    "awq": "autoawq",
    "ax": "ax-platform",
    "Bio": "biopython",
    "bs4": "beautifulsoup4",
    "caffe2": "torch",
    "cairo": "pycairo",
    "clip": "openai-clip",
    "Crypto": "pycryptodome",
    "cuml": "cuml-cu12",
    "cupy": "cupy-cuda12x",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "ffmpeg": "ffmpeg-python",
    "fitz": "pymupdf",
    "functorch": "torch",
    "gin": "gin-config",
    "git": "gitpython",
    "github": "pygithub",
    "google.protobuf": "protobuf",
    "grpc": "grpcio",
    "haiku": "dm-haiku",
    "hydra": "hydra-core",
    "ignite": "pytorch-ignite",
    "igraph": "python-igraph",
    "Image": "pillow",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "Levenshtein": "python-levenshtein",
    "llama_cpp": "llama-cpp-python",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "MySQLdb": "mysqlclient",
    "nacl": "pynacl",
    "nvidia_smi": "nvidia-ml-py3",
    "open_clip": "open-clip-torch",
    "OpenGL": "pyopengl",
    "openslide": "openslide-python",
    "OpenSSL": "pyopenssl",
    "Orange": "orange3",
    "orbax": "orbax-checkpoint",
    "ot": "pot",
    "past": "future",
    "PIL": "pillow",
    "pkg_resources": "setuptools",
    "pl_bolts": "lightning-bolts",
    "psycopg2": "psycopg2-binary",
    "pybullet_envs": "pybullet",
    "pylab": "matplotlib",
    "pynvml": "nvidia-ml-py",
    "pyro": "pyro-ppl",
    "pysat": "python-sat",
    "pywt": "pywavelets",
    "pyximport": "cython",
    "reverb": "dm-reverb",
    "rllib": "ray",
    "ruamel": "ruamel-yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "sklearn_extra": "scikit-learn-extra",
    "skopt": "scikit-optimize",
    "sksurv": "scikit-survival",
    "skvideo": "sk-video",
    "slugify": "python-slugify",
    "socks": "pysocks",
    "sonnet": "dm-sonnet",
    "speech_recognition": "speechrecognition",
    "talib": "ta-lib",
    "tlz": "toolz",
    "tree": "dm-tree",
    "umap": "umap-learn",
    "usb": "pyusb",
    "vertexai": "google-cloud-aiplatform",
    "websocket": "websocket-client",
    "weka": "python-weka-wrapper3",
    "win32api": "pywin32",
    "wx": "wxpython",
    "yaml": "pyyaml",
    "zero": "libzero",
    "zmq": "pyzmq",
    "zstd": "zstandard",
}
"""Import name to distribution name, where the two differ by more than case and dashes."""

SPOKEN = {
    "pytorch": "torch",
    "pytorch-geometric": "torch-geometric",
    "pyg": "torch-geometric",
    "tf": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "tensorboard-x": "tensorboardx",
    "opencv": "opencv-python",
    "py-opencv": "opencv-python",
    "opencv-contrib-python": "opencv-python",
    "opencv-python-headless": "opencv-python",
    "hydra": "hydra-core",
    "hugging-face-transformers": "transformers",
    "huggingface-transformers": "transformers",
    "haiku": "dm-haiku",
    "python-opencv": "opencv-python",
    "jaxlib": "jaxlib",
    "pytorch-lightning": "pytorch-lightning",
    "faiss-gpu": "faiss-cpu",
    "faiss": "faiss-cpu",
}
"""What documents call packages, where that is neither the import nor the distribution name."""

_KNOWN = """
absl-py accelerate albumentations ale-py allennlp apex atari-py autograd baselines biopython bitsandbytes
botorch caffe catboost chainer configargparse cupy cvxopt cvxpy cython dask datasets deepspeed dgl diffusers
dill dm-control dm-haiku docopt easydict einops fairseq faiss-cpu fire flash-attn flax future gensim gpytorch
gurobipy gym gymnasium h5py hydra-core hyperopt imageio ipython jax jaxlib joblib jupyter keras kornia lasagne
librosa lightgbm lightning lmdb lpips matplotlib mlflow msgpack mujoco mujoco-py mxnet networkx ninja nltk
notebook numba numpy nvidia-apex ogb omegaconf openai opencv-python optax optuna ortools pandas peft pillow
plotly pot prettytable pyarrow pybullet pycocotools pynvml pyro-ppl pysc2 pyscipopt pytorch-lightning pyyaml ray
rdkit requests sacred scikit-image scikit-learn scikit-optimize scipy seaborn sentence-transformers
sentencepiece six soundfile spacy stable-baselines3 statsmodels svmrank tables tabulate tensorboard tensorboardx
tensorflow tensorflow-addons tensorflow-datasets tensorflow-hub tensorflow-probability termcolor theano timm
tokenizers torch torch-cluster torch-geometric torch-scatter torch-sparse torchaudio torchdiffeq torchtext
torchvision tqdm transformers umap-learn visdom vllm wandb xarray xformers xgboost yacs zarr
"""

KNOWN = frozenset(_KNOWN.split())
"""Packages that papers' documents name in lists and sentences."""

_PYTHON_2 = """
__builtin__ asynchat asyncore BaseHTTPServer commands ConfigParser cookielib copy_reg cPickle cStringIO
distutils dummy_thread dummy_threading exceptions htmlentitydefs HTMLParser httplib imp itertools2 md5 Queue
sets sha SimpleHTTPServer smtpd SocketServer string StringIO thread Tkinter tkMessageBox urllib2 urlparse
"""

PYTHON_2_STDLIB = frozenset(_PYTHON_2.split())
"""Modules of the standard library that are gone."""
