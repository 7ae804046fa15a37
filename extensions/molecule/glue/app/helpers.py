"""What main.py imports, so that the role has an extra file to name."""


def greeting(name: str) -> str:
    """A line for the log."""
    return f"Hello, {name}"
