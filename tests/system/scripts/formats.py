"""A CSV table of the catalog with untidy values, written in every format and read again."""

import sys

import inflection  # of --additional-python-modules
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping, ResolveChoice
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket-name", "DATABASE"])
sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
top = f"s3://{args['bucket_name']}/formats"

prices = glueContext.create_dynamic_frame.from_catalog(
    database=args["DATABASE"], table_name="prices", transformation_ctx="prices"
)
prices.printSchema()
resolved = ResolveChoice.apply(
    frame=prices,
    choice="match_catalog",
    database=args["DATABASE"],
    table_name="prices",
    transformation_ctx="resolved",
)
mapped = ApplyMapping.apply(
    frame=resolved,
    mappings=[
        ("id", "int", "id", "int"),
        ("price", "double", "price", "double"),
        ("day", "string", "day", "string"),
    ],
)
for kind in ("csv", "json", "parquet", "orc", "avro"):
    glueContext.write_dynamic_frame.from_options(
        frame=mapped,
        connection_type="s3",
        connection_options={"path": f"{top}/{kind}/", "partitionKeys": ["day"]},
        format=kind,
    )
    again = glueContext.create_dynamic_frame.from_options(
        "s3",
        {"paths": [f"{top}/{kind}/"], "recurse": True},
        format=kind,
        format_options={"withHeader": True} if kind == "csv" else {},
    )
    total = again.toDF().selectExpr("sum(cast(price as double))").first()[0]
    print(f"{inflection.titleize(kind)}: {again.count()} rows, {total}")
sql = f"SELECT day, count(*) AS n FROM {args['DATABASE']}.prices GROUP BY day ORDER BY day"
print([tuple(row) for row in spark.sql(sql).collect()])
job.commit()
