"""Tables of the catalog by SQL alone, and by frames beside it."""

import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.errors import AnalysisException
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "DATABASE"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)


def show(sql):
    print([tuple(row) for row in spark.sql(sql).collect()])


spark.sql(f"USE {args['DATABASE']}")
spark.sql("""
    CREATE TABLE large USING parquet PARTITIONED BY (country) AS
    SELECT name, people, country FROM cities WHERE people > 500
""")
spark.sql("INSERT INTO large VALUES ('Oslo', 700, 'NO')")
spark.sql("INSERT INTO large PARTITION (country = 'PT') SELECT 'Porto', 600")
show("SELECT country, count(*), sum(people) FROM large GROUP BY country ORDER BY country")
spark.sql("INSERT OVERWRITE large PARTITION (country = 'PT') SELECT 'Lisboa', 550")

large = glueContext.create_dynamic_frame.from_catalog(database=args["DATABASE"], table_name="large")
counted = large.toDF().withColumn("rank", F.expr("dense_rank() OVER (ORDER BY people DESC)"))
DynamicFrame.fromDF(counted, glueContext, "counted").toDF().createOrReplaceTempView("ranked")
show("SELECT r.name, r.rank, c.name FROM ranked r LEFT JOIN cities c USING (name) ORDER BY rank")

try:
    spark.sql(f"DROP DATABASE {args['DATABASE']}")
except AnalysisException as error:
    print(f"refused: {error.getErrorClass()}")
spark.sql("DROP TABLE cities")
spark.sql("DROP TABLE IF EXISTS towns")
spark.sql("DROP TABLE IF EXISTS no_such_table")
spark.sql("CREATE TABLE IF NOT EXISTS cities USING json AS SELECT 'Roma' AS name")
show("SELECT * FROM cities")
print(sorted(row.tableName for row in spark.sql("SHOW TABLES").collect() if not row.isTemporary))
job.commit()
