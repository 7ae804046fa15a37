"""New rows of a partitioned JSON table. An argument may limit them, and need not be given."""

import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "DATABASE", "TABLE", "TARGET"])
optional = [name for name in ("LIMIT", "FORMAT") if f"--{name}" in sys.argv]
args.update(getResolvedOptions(sys.argv, optional))
limit, kind = int(args.get("LIMIT", 100)), args.get("FORMAT", "parquet")

glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
visits = glueContext.create_dynamic_frame.from_catalog(
    database=args["DATABASE"], table_name=args["TABLE"], transformation_ctx="visits"
)
if visits.count() == 0:
    print("nothing new")
    job.commit()
    sys.exit(0)
first = visits.toDF().orderBy("id").limit(limit)
print(f"{visits.count()} new, {first.count()} kept as {kind}")
glueContext.write_dynamic_frame.from_options(
    frame=DynamicFrame.fromDF(first, glueContext, "first"),
    connection_type="s3",
    connection_options={"path": args["TARGET"], "partitionKeys": ["day"]},
    format=kind,
    transformation_ctx="written",
)
job.commit()
