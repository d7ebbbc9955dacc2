# /// script
# requires-python = "==3.11.*"
# dependencies = ["ml-metadata==1.17.1"]
# ///
"""ML Metadata: two executions with their parameters, each with a metrics artifact."""

import sys
from pathlib import Path

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as pb
from toy import train


def main(out):
    config = pb.ConnectionConfig()
    config.sqlite.filename_uri = str(out / "metadata.sqlite")
    config.sqlite.connection_mode = pb.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    store = metadata_store.MetadataStore(config)
    trainer = store.put_execution_type(pb.ExecutionType(name="Trainer", properties={"seed": pb.INT, "rate": pb.DOUBLE}))
    metrics = store.put_artifact_type(
        pb.ArtifactType(name="Metrics", properties={"loss": pb.DOUBLE, "accuracy": pb.DOUBLE})
    )
    for seed in (0, 1):
        *_, (_, loss, accuracy) = train(seed)
        execution = pb.Execution(type_id=trainer, last_known_state=pb.Execution.COMPLETE)
        execution.properties["seed"].int_value, execution.properties["rate"].double_value = seed, 0.5
        artifact = pb.Artifact(type_id=metrics, uri=f"metrics/{seed}")
        artifact.properties["loss"].double_value = loss
        artifact.properties["accuracy"].double_value = accuracy
        (made,) = store.put_executions([execution])
        (stored,) = store.put_artifacts([artifact])
        store.put_events([pb.Event(artifact_id=stored, execution_id=made, type=pb.Event.OUTPUT)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
