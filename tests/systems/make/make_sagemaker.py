# /// script
# dependencies = ["moto==5.2.1", "boto3==1.44.8"]
# ///
"""SageMaker: training jobs described by a local imitation of the service (shape only: it invents the metrics)."""

import json
import os
import sys
from pathlib import Path

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-west-2")
import boto3
from moto import mock_aws
from toy import train


def main(out):
    with mock_aws():
        client = boto3.client("sagemaker")
        for seed in (0, 1):
            client.create_training_job(
                TrainingJobName=f"toy-{seed}",
                HyperParameters={"seed": str(seed), "rate": "0.5", "sagemaker_program": '"train.py"'},
                AlgorithmSpecification={"TrainingImage": "image:1", "TrainingInputMode": "File"},
                RoleArn="arn:aws:iam::123456789012:role/toy",
                InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": {
                    "S3DataType": "S3Prefix", "S3Uri": "s3://toy/data", "S3DataDistributionType": "FullyReplicated"}}}],
                OutputDataConfig={"S3OutputPath": "s3://toy/out"},
                ResourceConfig={"InstanceType": "ml.g4dn.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 1},
                StoppingCondition={"MaxRuntimeInSeconds": 60},
            )  # fmt: skip
            told = client.describe_training_job(TrainingJobName=f"toy-{seed}")
            told.pop("ResponseMetadata")
            *_, (_, loss, accuracy) = train(seed)
            values = {"loss": loss, "accuracy": accuracy}
            told["FinalMetricDataList"] = [{"MetricName": n, "Value": v, "Timestamp": 0} for n, v in values.items()]
            (out / f"training-job-{seed}.json").write_text(json.dumps(told, default=str, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
