"""People with nested contacts, joined with their memberships and taken apart into flat tables."""

import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import DropNullFields, Filter, Join, Map, SelectFromCollection
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "BUCKET", "DATABASE"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
bucket = f"s3://{args['BUCKET']}"


def read(name):
    return glueContext.create_dynamic_frame.from_options(
        "s3", {"paths": [f"{bucket}/people/{name}/"]}, format="json"
    )


people = read("people").resolveChoice(specs=[("born", "cast:int")])
memberships = read("memberships").rename_field("id", "membership_id")
seniors = Filter.apply(frame=people, f=lambda one: one["born"] < 1960)
joined = Join.apply(seniors, memberships, "id", "person_id").drop_fields(["person_id"])
named = Map.apply(frame=joined, f=lambda one: {**one, "name": one["name"].upper()})
flat = DropNullFields.apply(frame=named).relationalize("people", f"{bucket}/tmp/")
print(sorted(flat.keys()))

contacts = SelectFromCollection.apply(dfc=flat, key="people_contacts")
contacts.toDF().orderBy("`contacts.val.value`").show(truncate=False)

sink = glueContext.getSink(
    connection_type="s3",
    path=f"{bucket}/seniors/",
    enableUpdateCatalog=True,
    updateBehavior="UPDATE_IN_DATABASE",
    partitionKeys=["house"],
)
sink.setFormat("glueparquet", compression="snappy")
sink.setCatalogInfo(catalogDatabase=args["DATABASE"], catalogTableName="seniors")
sink.writeFrame(flat.select("people").select_fields(["id", "name", "born", "house"]))

rows = spark.sql(
    f"SELECT house, count(*) AS n FROM {args['DATABASE']}.seniors GROUP BY house ORDER BY house"
)
print([tuple(row) for row in rows.collect()])
spark.sql(
    f"CREATE TABLE {args['DATABASE']}.houses USING parquet AS SELECT DISTINCT house FROM {args['DATABASE']}.seniors"
)
report = DynamicFrame.fromDF(rows, glueContext, "report").repartition(1)
glueContext.write_dynamic_frame.from_options(
    report, "s3", {"path": f"{bucket}/report/"}, format="csv", format_options={"separator": ";"}
)
glueContext.get_logger().info("all written")
