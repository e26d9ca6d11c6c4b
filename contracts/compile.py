"""`python contracts/compile.py` writes settlement.json (ABI, bytecode, compiler version) from settlement.vy.

The artefact is committed, so that running needs no compiler; a test compares it with a fresh compile.
"""

import json
from pathlib import Path

import vyper
from vyper.compiler import compile_code

HERE = Path(__file__).parent
SOURCE = HERE / "settlement.vy"
ARTEFACT = HERE / "settlement.json"


def artefact() -> dict[str, object]:
    """What the application needs of the contract: its ABI, the code to deploy it and the compiler that made it."""
    compiled = compile_code(SOURCE.read_text(), contract_path=SOURCE.name, output_formats=["abi", "bytecode"])
    return {"compiler": f"vyper {vyper.__version__}", "abi": compiled["abi"], "bytecode": compiled["bytecode"]}


def write() -> None:
    ARTEFACT.write_text(json.dumps(artefact(), indent=1) + "\n")


if __name__ == "__main__":
    write()
