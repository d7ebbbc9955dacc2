"""Write data/blobs.csv: two clouds of points that overlap a little. Run once; DVC holds the result's hash."""

import random
from pathlib import Path

rng = random.Random(20260101)
rows = []
for i in range(400):
    label = i % 2
    rows.append(f"{rng.gauss(1.6 * label, 1.0):.4f},{rng.gauss(1.2 * label, 1.0):.4f},{label}")
Path("data/blobs.csv").write_text("x,y,label\n" + "\n".join(rows) + "\n")
