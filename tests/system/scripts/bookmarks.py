"""New files of JSON records become Parquet; what was read before is left alone."""

import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

events = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["SOURCE"]], "recurse": True},
    format="json",
    transformation_ctx="events",
)
print(f"{events.count()} new events")
if events.count():
    mapped = ApplyMapping.apply(
        frame=events,
        mappings=[
            ("id", "int", "event_id", "bigint"),
            ("user.name", "string", "user_name", "string"),
        ],
        transformation_ctx="mapped",
    )
    glueContext.write_dynamic_frame.from_options(
        frame=mapped,
        connection_type="s3",
        connection_options={"path": args["TARGET"]},
        format="parquet",
        transformation_ctx="written",
    )
job.commit()
