"""Graphics cards through the driver's library: a stand-in for it, built here, that answers like NVML."""

import os
import shutil
import subprocess

import pytest

from artifactpack.recorder import nvml
from artifactpack.recorder.host import Energy

LIBRARY = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef unsigned long long u64;
struct process { unsigned pid; u64 memory; unsigned a, b; };
struct memory { u64 total, free, used; };
static u64 joules[2] = {1000, 1000};
int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **h) { *h = &joules[i]; return 0; }
int nvmlDeviceGetName(void *h, char *s, unsigned n) { snprintf(s, n, "Card %d", (int)((u64 *)h - joules)); return 0; }
int nvmlSystemGetDriverVersion(char *s, unsigned n) { snprintf(s, n, "555.42"); return 0; }
int nvmlDeviceGetMemoryInfo(void *h, struct memory *m) { m->total = 8ull << 30; return 0; }
int nvmlDeviceGetTotalEnergyConsumption(void *h, u64 *v) { *v = *(u64 *)h; *(u64 *)h += 2500; return 0; }
int nvmlDeviceGetComputeRunningProcesses_v3(void *h, unsigned *n, struct process *p) {
    const char *name = getenv("STAND_IN_PIDS");
    FILE *file = name ? fopen(name, "r") : 0;
    unsigned pid = 1;
    if (file) { if (fscanf(file, "%u", &pid) != 1) pid = 1; fclose(file); }
    p[0].pid = 1; p[0].memory = 99; p[1].pid = pid; p[1].memory = 5ull << 20;
    *n = h == &joules[1] ? 2 : 1;
    return 0;
}
"""


@pytest.fixture
def library(tmp_path, monkeypatch):
    """The stand-in's path; the process in the file that it reads holds 5 MiB on the second of its two cards."""
    if shutil.which("gcc") is None:
        pytest.skip("no C compiler here")
    source, built = tmp_path / "nvml.c", tmp_path / "libnvidia-ml.so.1"
    source.write_text(LIBRARY)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", built, source], check=True)
    monkeypatch.setattr(nvml, "LIBRARY", str(built))
    monkeypatch.setenv("STAND_IN_PIDS", str(tmp_path / "pid"))
    return tmp_path


def test_only_cards_of_the_runs_processes_count(library):
    (library / "pid").write_text("4242")
    cards = nvml.Cards()
    cards.look({4242, 4243})
    (gpu,) = cards.used()
    assert (gpu.name, gpu.memory, gpu.driver, gpu.peak) == ("Card 1", 8 << 30, "555.42", 5 << 20)
    assert cards.energy() == 2.5


def test_a_card_that_others_use_is_not_the_runs(library):
    cards = nvml.Cards()
    cards.look({7})
    assert cards.used() == () and cards.energy() is None


def test_without_a_driver_there_are_no_cards(monkeypatch):
    monkeypatch.setattr(nvml, "LIBRARY", "libno-such-driver.so.1")
    cards = nvml.Cards()
    cards.look({1})
    assert not cards and cards.used() == () and cards.energy() is None


@pytest.mark.slow
def test_a_program_without_torch_has_its_card_in_the_record(library, run, monkeypatch):
    monkeypatch.setattr("artifactpack.recorder.host.Energy.used", lambda self: None)
    text = f"import os, time\nopen({str(library / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(3)\n"
    record = run({"a.py": text}, "{python}", "a.py")
    (gpu,) = record.hardware.gpus
    assert (gpu.name, gpu.peak) == ("Card 1", 5 << 20)
    assert record.cost.energy == 2.5
    assert record.cost.gpu_seconds == record.cost.wall


def test_energy_of_the_processor(tmp_path):
    """Counters in microjoules, the second one wrapping around."""
    for number, before, after in ((0, 1_000_000, 4_500_000), (1, 900_000, 100_000)):
        zone = tmp_path / f"intel-rapl:{number}"
        zone.mkdir()
        (zone / "energy_uj").write_text(str(before))
        (zone / "max_energy_range_uj").write_text("1000000")
        zone.joinpath("after").write_text(str(after))
    energy = Energy(tmp_path)
    for zone in tmp_path.iterdir():
        os.replace(zone / "after", zone / "energy_uj")
    assert energy.used() == pytest.approx(3.5 + 0.2)
    assert Energy(tmp_path / "nowhere").used() is None
