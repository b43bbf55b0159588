"""Contracts with readers: a file of the Open Data Contract Standard for each view.

A contract is a promise, so a file is written once, from the catalogue as it is then, and from there on changed by
people. Nothing rewrites it but ``--write``, and that only adds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema import Draft201909Validator  # type: ignore[import-untyped]
from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject
from pydantic import ValidationError

from arna.errors import ArnaError

FOLDER: Final = Path(__file__).parents[2] / "docs" / "contracts"
SUFFIX: Final = ".odcs.yaml"
ACTIVE: Final = frozenset({"active", "deprecated"})
"""Statuses in which the view must be there; ``retired`` is a promise that has ended."""


class ContractFileError(ArnaError):
    """A file in the folder is no contract; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One contract.

    Attributes:
        file_name: its file.
        view: the view it is about, by the file's name.
        document: the YAML as it stands.
        contract: the same, parsed.
    """

    file_name: str
    view: str
    document: Mapping[str, Any]
    contract: OpenDataContractStandard

    @property
    def is_active(self) -> bool:
        """Whether the promise holds today."""
        return self.contract.status in ACTIVE

    @property
    def relation(self) -> SchemaObject:
        """What the contract says of the view."""
        return (self.contract.schema_ or [])[0]

    @property
    def key(self) -> tuple[str, ...]:
        """Columns of the key, in order."""
        parts = [column for column in self.relation.properties or [] if column.primaryKey]
        return tuple(str(column.name) for column in sorted(parts, key=lambda column: column.primaryKeyPosition or 0))

    def custom(self, name: str) -> Mapping[str, Any]:
        """The value of a custom property, empty where it is absent."""
        for each in self.contract.customProperties or []:
            if each.property == name and isinstance(each.value, Mapping):
                return each.value
        return {}


def file_name(view: str) -> str:
    """The name of a view's contract."""
    return f"{view}{SUFFIX}"


def read_promises(folder: Path = FOLDER) -> list[Promise]:
    """All contracts of a folder, in the order of their names.

    Raises:
        ContractFileError: a file is no contract by the standard.
    """
    return [read_promise(path) for path in sorted(folder.glob("*.yaml"))]


def read_promise(path: Path) -> Promise:
    """One contract.

    Raises:
        ContractFileError: it is no contract by the standard, or not about the view that its name says.
    """
    return parse_promise(path.name, path.read_text(encoding="utf-8"))


def parse_promise(name: str, text: str) -> Promise:
    """One contract from its text; ``name`` is that of the file.

    Raises:
        ContractFileError: as for ``read_promise``.
    """
    if not name.endswith(SUFFIX):
        raise ContractFileError(f"{name}: the name of a contract ends in {SUFFIX}.")
    try:
        document = yaml.safe_load(text)
        contract = OpenDataContractStandard.model_validate(document)
    except (yaml.YAMLError, ValidationError) as error:
        raise ContractFileError(f"{name}: {_shortened(error)}") from error
    promise = Promise(name, name.removesuffix(SUFFIX), document, contract)
    problems = [*_standard_problems(document), *_own_problems(promise)]
    if problems:
        raise ContractFileError(f"{name}: {'; '.join(problems)}")
    return promise


def write_document(document: Mapping[str, Any], path: Path) -> None:
    """Writes a contract in the form all of them have."""
    text = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=120, default_flow_style=False)
    path.write_text(text, encoding="utf-8")


@cache
def _validator() -> Draft201909Validator:
    text = resources.files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8")
    return Draft201909Validator(json.loads(text))


def _standard_problems(document: Any) -> Iterable[str]:  # noqa: ANN401
    for error in _validator().iter_errors(document):
        where = "/".join(str(part) for part in error.absolute_path)
        yield f"/{where} is not as the standard wants it ({error.validator})"


def _own_problems(promise: Promise) -> Iterable[str]:
    relations = promise.contract.schema_ or []
    if len(relations) != 1:
        yield "a contract is about one view"
        return
    if relations[0].physicalName != promise.view:
        yield f"physicalName is {relations[0].physicalName}, and the file is about {promise.view}"
    for column in relations[0].properties or []:
        missing = [
            name
            for name in ("logicalType", "physicalType", "description", "classification")
            if not getattr(column, name)
        ]
        missing += ["required"] if column.required is None else []
        if missing:
            yield f"column {column.name} lacks {', '.join(missing)}"
    if not promise.custom("deprecation"):
        yield "customProperties lack deprecation"


def _shortened(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"/{'/'.join(map(str, each['loc']))} {each['msg']}" for each in error.errors())
    return str(error).splitlines()[0]
