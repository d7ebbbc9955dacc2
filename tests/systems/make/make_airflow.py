# /// script
# dependencies = ["apache-airflow==3.3.2"]
# ///
"""Airflow: a DAG run once a seed against a local metadata database."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

DAG = """
import sys
sys.path.insert(0, {make!r})
from airflow.sdk import DAG, task
SEED = 42
with DAG(dag_id="toy", schedule=None, params={{"seed": SEED, "rate": 0.5}}) as dag:
    @task
    def fit(params=None):
        from toy import train
        *_, (_, loss, accuracy) = train(params["seed"], params["rate"])
        return {{"loss": loss, "accuracy": accuracy}}
    fit()
"""
KEEP = ("dag_run", "task_instance", "xcom", "serialized_dag", "alembic_version")


def main(out):
    (out / "dags").mkdir()
    (out / "dags" / "toy_dag.py").write_text(DAG.format(make=str(Path(__file__).parent)))
    environment = {**os.environ, "AIRFLOW_HOME": str(out), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                   "AIRFLOW__CORE__DAGS_FOLDER": str(out / "dags")}  # fmt: skip
    airflow = str(Path(sys.executable).parent / "airflow")
    subprocess.run([airflow, "db", "migrate"], env=environment, check=True, capture_output=True)
    for seed in (0, 1):
        conf = f'{{"seed": {seed}}}'
        command = [airflow, "dags", "test", "toy", f"2026-01-0{seed + 1}", "--conf", conf]
        subprocess.run(command, env=environment, check=True, capture_output=True)
    with sqlite3.connect(out / "airflow.db") as db:
        db.execute("PRAGMA foreign_keys = OFF")
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            if name not in KEEP and not name.startswith("sqlite_"):
                db.execute(f'DROP TABLE "{name}"')
        db.commit()
    with sqlite3.connect(out / "airflow.db") as db:
        db.execute("VACUUM")
    for path in out.iterdir():
        if path.name not in ("dags", "airflow.db"):
            subprocess.run(["rm", "-rf", str(path)], check=True)
    (out / "dags" / "toy_dag.py").write_text(DAG.format(make="/make"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
