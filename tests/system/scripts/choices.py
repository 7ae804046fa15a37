"""Products whose prices are numbers here and texts there, made tidy and split into two tables."""

import sys

from awsglue.context import GlueContext
from awsglue.gluetypes import ChoiceType
from awsglue.job import Job
from awsglue.transforms import (
    ApplyMapping,
    DropNullFields,
    RenameField,
    ResolveChoice,
    SelectFromCollection,
    SplitFields,
    SplitRows,
)
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "BUCKET"])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

products = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [f"s3://{args['BUCKET']}/products/"]},
    format="json",
    transformation_ctx="products",
)
choices = [field.name for field in products.schema() if isinstance(field.dataType, ChoiceType)]
print(f"choices: {choices}")

resolved = ResolveChoice.apply(
    frame=products, specs=[("price", "cast:double")], transformation_ctx="resolved"
)
full = DropNullFields.apply(frame=resolved, transformation_ctx="full")
mapped = ApplyMapping.apply(
    frame=full,
    mappings=[
        ("sku", "string", "sku", "string"),
        ("price", "double", "price", "decimal(6,2)"),
        ("stock.pieces", "int", "pieces", "long"),
        ("stock.place", "string", "place", "string"),
    ],
    transformation_ctx="mapped",
)
print([f"{field.name} {field.dataType.typeName()}" for field in mapped.schema()])

rich = SplitRows.apply(
    frame=mapped, comparison_dict={"price": {">": 5}}, name1="rich", name2="poor"
)
print({name: frame.count() for name, frame in sorted(rich.items())})
both = SplitFields.apply(frame=mapped, paths=["pieces", "place"], name1="stock", name2="catalogue")
stock = SelectFromCollection.apply(dfc=both, key="stock", transformation_ctx="stock")
catalogue = SelectFromCollection.apply(dfc=both, key="catalogue")
stock = RenameField.apply(frame=stock, old_name="place", new_name="shelf")
print(sorted(map(tuple, stock.toDF().collect())))
print(sorted(map(tuple, catalogue.toDF().collect())))
job.commit()
