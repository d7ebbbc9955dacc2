"""Small trainings whose two runs differ for one planted reason; ``# HERE`` marks the line that must be named."""

HEAD = """
import glob, json, os, random, sys, time
import numpy as np
import torch
from torch import nn
random.seed(0); np.random.seed(0); torch.manual_seed(0)
torch.set_num_threads(1)
"""

LOOP = """
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
data, labels = torch.randn(64, 8), torch.randint(0, 2, (64,))
for step in range(40):
    x, y = data[step % 8 * 8 : step % 8 * 8 + 8], labels[step % 8 * 8 : step % 8 * 8 + 8]
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad(); loss.backward(); opt.step()
"""

DROPOUT = (
    HEAD
    + """
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
data, labels = torch.randn(64, 8), torch.randint(0, 2, (64,))
for step in range(40):
    if step == 23:
        torch.seed()
    out = net(data)  # HERE
    loss = nn.functional.cross_entropy(out, labels)
    opt.zero_grad(); loss.backward(); opt.step()
"""
)

WORKER = (
    HEAD
    + """
class Noisy(torch.utils.data.Dataset):
    def __init__(self):
        self.rng = np.random.default_rng()
        self.data = torch.randn(64, 8)
    def __len__(self):
        return 64
    def __getitem__(self, i):
        noise = self.rng.normal(size=8)  # HERE
        return self.data[i] + torch.from_numpy(noise).float(), i % 2

if __name__ == "__main__":
    net = nn.Linear(8, 2)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(2):
        for x, y in torch.utils.data.DataLoader(Noisy(), batch_size=8, num_workers=1):
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad(); loss.backward(); opt.step()
"""
)

SPAWNED = WORKER.replace("num_workers=1", 'num_workers=1, multiprocessing_context="spawn"')

RANKS = (
    HEAD
    + """
import torch.distributed as dist
dist.init_process_group("gloo")
net = nn.parallel.DistributedDataParallel(nn.Linear(8, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
rng = np.random.default_rng(1)
for step in range(24):
    x = torch.from_numpy(rng.normal(size=(4, 8))).float()
    if step == 21 and dist.get_rank() == 1:
        x = x + torch.from_numpy(np.random.default_rng().normal(size=8)).float()  # HERE
    loss = net(x).square().mean()
    opt.zero_grad(); loss.backward(); opt.step()
dist.destroy_process_group()
"""
)

SET_ORDER = (
    HEAD
    + """
text = "the quick brown fox jumps over the lazy dog and then it sleeps under a tree near the river".split()
words = set(text)
vocabulary = {}
for word in words:  # HERE
    vocabulary[word] = len(vocabulary)
ids = [vocabulary[word] for word in text]
tokens = torch.tensor(ids)
net = nn.Embedding(len(vocabulary), 4)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(30):
    loss = (net(tokens) * torch.arange(len(ids)).unsqueeze(1)).sum()
    opt.zero_grad(); loss.backward(); opt.step()
"""
)

THREADS = (
    HEAD
    + """
data = torch.randn(40, 200_003)
weight = torch.ones(1, requires_grad=True)
opt = torch.optim.SGD([weight], lr=1e-6)
for step in range(40):
    if step == 17:  # every second run of the search gets two threads: its folders are trace-1, trace-2 …
        number = int(os.environ["ARTIFACTPACK_EVENTS"].split("/")[-2].rpartition("-")[2])
        torch.set_num_threads(2 - number % 2)
    total = (data[step] * weight).sum()  # HERE
    loss = total.square()
    opt.zero_grad(); loss.backward(); opt.step()
"""
)

LISTING = (
    HEAD
    + """
import shutil, subprocess
folder = "/dev/shm/artifactpack-test-listing"
make = "import os,sys; d=sys.argv[1]; os.mkdir(d); "
make += "[open(d+'/'+str(n),'w').close() for n in sorted(range(12), key=lambda n: os.urandom(4))]"
subprocess.run([sys.executable, "-S", "-c", make, folder], check=True)
names = os.listdir(folder)  # HERE
shutil.rmtree(folder)
values = []
for name in names:
    values.append(float(name))
data = torch.tensor(values)
weight = torch.ones(1, requires_grad=True)
opt = torch.optim.SGD([weight], lr=0.01)
for step in range(24):
    loss = (data[step % 12] * weight).sum()
    opt.zero_grad(); loss.backward(); opt.step()
"""
)

CLOCK = (
    HEAD
    + """
began = time.time()
net = nn.Linear(8, 2)
rate = 0.1 + (time.time() % 1) * 1e-3  # HERE
opt = torch.optim.SGD(net.parameters(), lr=rate)
for step in range(30):
    elapsed = time.time() - began
    loss = net(torch.ones(4, 8)).sum()
    opt.zero_grad(); loss.backward(); opt.step()
"""
)

SHUFFLE = (
    HEAD
    + """
order = list(range(64))
shuffler = random.Random()
shuffler.shuffle(order)  # HERE
data = torch.randn(64, 8)
net = nn.Linear(8, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for start in range(0, 64, 4):
    batch = order[start : start + 4]
    x = data[batch]
    loss = net(x).pow(2).sum()
    opt.zero_grad(); loss.backward(); opt.step()
"""
)

HASH = (
    HEAD
    + """
def bucket(name):
    return hash(name) % 4  # HERE

names = ["a%d" % i for i in range(64)]
x, y = torch.randn(64, 8), torch.tensor([bucket(name) for name in names])
net = nn.Linear(8, 4)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(24):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad(); loss.backward(); opt.step()
"""
)

FINISH = (
    HEAD
    + """
from concurrent.futures import ThreadPoolExecutor, as_completed

def load(i):
    time.sleep(random.SystemRandom().random() / 50)
    return [float(i)] * 8

with ThreadPoolExecutor(8) as pool:
    jobs = [pool.submit(load, i) for i in range(32)]
    rows = [job.result() for job in as_completed(jobs)]  # HERE
x = torch.tensor(rows) / 32
y = torch.arange(32) % 4
net = nn.Linear(8, 4)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(24):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad(); loss.backward(); opt.step()
"""
)

LEFT_BEHIND = (
    HEAD
    + """
raw = np.random.rand(64, 8).astype("float32")
if os.path.exists("mean.npy"):
    mean = np.load("mean.npy").astype("float32")
else:
    mean = raw.mean(0)
    np.save("mean.npy", mean.astype("float16"))
net = nn.Linear(8, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(24):
    loss = net(torch.from_numpy(raw - mean)).square().mean()
    opt.zero_grad(); loss.backward(); opt.step()
"""
)

# A kernel whose last digits come in any order, as those of a GPU's atomic additions do: a stand-in that needs no GPU.
KERNEL = (
    HEAD
    + """
@torch.library.custom_op("planted::gather_sum", mutates_args=())
def gather_sum(x: torch.Tensor) -> torch.Tensor:
    return torch.tensor(float(x.sum()) + int.from_bytes(os.urandom(2), "big") * 1e-9)

gather_sum.register_autograd(lambda ctx, grad: grad.expand(8))
weight = torch.ones(8, requires_grad=True)
opt = torch.optim.SGD([weight], lr=0.1)
for step in range(30):
    total = gather_sum(weight)  # HERE
    loss = total.square()
    opt.zero_grad(); loss.backward(); opt.step()
"""
)


def on_cuda(call):
    """A training on the GPU in which *call* adds 2¹⁸ numbers into 8 places, in whatever order its threads come."""
    return (
        HEAD
        + f"""
device = torch.device("cuda")
source = torch.randn(1 << 18, device=device)
index = torch.arange(1 << 18, device=device) % 8
weight = torch.ones(1, device=device, requires_grad=True)
opt = torch.optim.SGD([weight], lr=1e-3)
for step in range(40):
    sums = {call}  # HERE
    loss = sums.square().mean()
    opt.zero_grad(); loss.backward(); opt.step()
"""
    )


CUDA = {
    "index_add": on_cuda("torch.zeros(8, device=device).index_add(0, index, source * weight)"),
    "scatter_add": on_cuda("torch.zeros(8, device=device).scatter_add(0, index, source * weight)"),
}

SAME = HEAD + LOOP

# name: (script, part of the operator's name, part of the reason, what the marked line is: operator or cause)
PLANTED = {
    "unseeded dropout": (DROPOUT, "bernoulli", "torch.seed", "operator"),
    "unseeded numpy in a worker": (WORKER, "", "numpy", "cause"),
    "unseeded numpy in a spawned worker": (SPAWNED, "", "numpy", "cause"),
    "set order": (SET_ORDER, "", "set", "cause"),
    "thread count": (THREADS, "sum", "threads", "operator"),
    "listing order": (LISTING, "", "directory listing", "cause"),
    "nondeterministic kernel": (KERNEL, "planted.gather_sum", "not deterministic", "operator"),
    "clock": (CLOCK, "", "clock", "cause"),
    "hash of text": (HASH, "", "hash() of text", "cause"),
    "order of finishing": (FINISH, "", "threads or processes finish", "cause"),
    "unseeded shuffle": (SHUFFLE, "", "random numbers", "cause"),
}


def marked(script):
    """The 1-based number of the line that must be named."""
    return next(number for number, line in enumerate(script.split("\n"), 1) if "# HERE" in line)
