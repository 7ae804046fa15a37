"""Orders as partitioned tables of several formats: made, read in part, added to and tidied up."""

import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "BUCKET", "DATABASE"])
glueContext = GlueContext(SparkContext.getOrCreate())
logger = glueContext.get_logger()
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
bucket, database = f"s3://{args['BUCKET']}", args["DATABASE"]


def read(name):
    return glueContext.create_dynamic_frame.from_options(
        connection_type="s3",
        connection_options={"paths": [f"{bucket}/sold/{name}/"]},
        format="json",
        transformation_ctx=name,
    )


def ids(frame):
    return sorted(row.id for row in frame.toDF().collect())


for kind in ("orc", "avro", "json"):
    table = f"sold_{kind}"
    sink = glueContext.getSink(
        connection_type="s3",
        path=f"{bucket}/{table}/",
        enableUpdateCatalog=True,
        updateBehavior="UPDATE_IN_DATABASE",
        partitionKeys=["year", "month"],
        transformation_ctx=f"sink_{kind}",
    )
    sink.setFormat(kind)
    sink.setCatalogInfo(catalogDatabase=database, catalogTableName=table)
    sink.writeFrame(read("first"))
    part = glueContext.create_dynamic_frame.from_catalog(
        database=database,
        table_name=table,
        push_down_predicate="(year == '2024' and month < 3)",
        transformation_ctx=f"part_{kind}",
    )
    total = part.toDF().selectExpr("sum(total)").first()[0]
    print(f"{kind}: {ids(part)} {total} {sorted(part.toDF().columns)}")

# One column more, and one partition.
glueContext.write_dynamic_frame.from_catalog(
    frame=read("later"),
    database=database,
    table_name="sold_orc",
    additional_options={
        "enableUpdateCatalog": True,
        "updateBehavior": "UPDATE_IN_DATABASE",
        "partitionKeys": ["year", "month"],
    },
)
whole = glueContext.create_dynamic_frame.from_catalog(database=database, table_name="sold_orc")
print(f"added to: {ids(whole)}")
print(sorted((row.id, row.note) for row in whole.toDF().filter("note IS NOT NULL").collect()))

glueContext.purge_table(
    database, "sold_orc", {"partitionPredicate": "(month=='1')", "retentionPeriod": 0}
)
rest = glueContext.create_dynamic_frame.from_catalog(database=database, table_name="sold_orc")
print(f"tidied: {ids(rest)}")
logger.info("the tables are tidy")
job.commit()
