"""A job of one's own: it only has to parse."""

from helpers import greeting

print(greeting("Glue"))
