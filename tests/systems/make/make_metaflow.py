# /// script
# dependencies = ["metaflow==2.19.39", "setuptools==79.0.1"]
# ///
"""Metaflow: a foreach over two seeds."""

import os
import subprocess
import sys
from pathlib import Path

FLOW = """
import sys
sys.path.insert(0, {make!r})
from metaflow import FlowSpec, Parameter, step
class ToyFlow(FlowSpec):
    rate = Parameter("rate", default=0.5)
    @step
    def start(self):
        self.seeds = [0, 1]
        self.next(self.fit, foreach="seeds")
    @step
    def fit(self):
        from toy import train
        self.seed = self.input
        rows = list(train(self.seed, self.rate))
        self.loss = [row[1] for row in rows]
        self.accuracy = [row[2] for row in rows]
        self.next(self.join)
    @step
    def join(self, inputs):
        self.best = max(i.accuracy[-1] for i in inputs)
        self.next(self.end)
    @step
    def end(self):
        pass
if __name__ == "__main__":
    ToyFlow()
"""


def main(out):
    (out / "flow.py").write_text(FLOW.format(make=str(Path(__file__).parent)))
    environment = {**os.environ, "METAFLOW_USER": "toy", "METAFLOW_DEFAULT_DATASTORE": "local"}
    subprocess.run([sys.executable, "flow.py", "--no-pylint", "run"], cwd=out, env=environment, check=True)
    (out / "flow.py").write_text("import metaflow\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
