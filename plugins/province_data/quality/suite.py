"""Build the Great Expectations suite of a table from the compiled rules.

Importing this module imports Great Expectations (about six seconds, 250 MB): only the judging process does.

A rule that GX has a word for becomes GX's own expectation; the others become `ExpectRecordToKeepRule`, a column map
expectation whose condition is the rule's SQL. Column map metrics are bundled by GX into few statements per table.
Both hand back their counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.compatibility.sqlalchemy import sqlalchemy as sa
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import ColumnMapMetricProvider, column_condition_partial

from province_data.errors import ContractError
from province_data.quality.compile import CompiledRule


class RecordKeepsRule(ColumnMapMetricProvider):
    """The condition of a rule over the whole record, in the column domain so that GX can bundle it."""

    condition_metric_name = "column_values.record_keeps_rule"
    condition_value_keys = ("bad",)
    filter_column_isnull = False

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, bad: str, **_: Any) -> Any:
        # literal_column, because text() would read ":x" in a regular expression as a parameter;
        # IS NOT TRUE, so that NULL keeps the rule and GX's own NOT stays two-valued.
        return sa.literal_column(f"(({bad}) IS NOT TRUE)", sa.Boolean)


class CountsInResult:
    """Hand back how many records break the rule.

    BOOLEAN_ONLY, the only result format whose cost does not grow with the failures, empties `result`; the counts that
    GX has computed anyway travel in `meta`.
    """

    map_metric: ClassVar[str]

    def _validate(self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None) -> Any:
        failed = int(metrics[f"{self.map_metric}.unexpected_count"] or 0)
        counts = {"unexpected_count": failed, "element_count": int(metrics["table.row_count"])}
        return {"success": failed == 0, "meta": counts}


class ExpectRecordToKeepRule(CountsInResult, ColumnMapExpectation):
    """No record may satisfy `bad`; `column` is the one to blame."""

    bad: str
    map_metric: ClassVar[str] = "column_values.record_keeps_rule"
    success_keys: ClassVar[tuple[str, ...]] = ("bad", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "bad")


class CountedNotNull(CountsInResult, gxe.ExpectColumnValuesToNotBeNull):
    """GX's not-null expectation with its count."""


class CountedMatchRegex(CountsInResult, gxe.ExpectColumnValuesToMatchRegex):
    """GX's regular-expression expectation with its count."""


class CountedNotMatchRegex(CountsInResult, gxe.ExpectColumnValuesToNotMatchRegex):
    """GX's forbidden-regular-expression expectation with its count."""


class CountedInSet(CountsInResult, gxe.ExpectColumnValuesToBeInSet):
    """GX's code-list expectation with its count."""


class CountedNotInSet(CountsInResult, gxe.ExpectColumnValuesToNotBeInSet):
    """GX's forbidden-values expectation with its count."""


class CountedLengthBetween(CountsInResult, gxe.ExpectColumnValueLengthsToBeBetween):
    """GX's length expectation with its count."""


class CountedLengthEqual(CountsInResult, gxe.ExpectColumnValueLengthsToEqual):
    """GX's exact-length expectation with its count."""


NATIVE: dict[str, type[Any]] = {
    "expect_column_values_to_not_be_null": CountedNotNull,
    "expect_column_values_to_match_regex": CountedMatchRegex,
    "expect_column_values_to_not_match_regex": CountedNotMatchRegex,
    "expect_column_values_to_be_in_set": CountedInSet,
    "expect_column_values_to_not_be_in_set": CountedNotInSet,
    "expect_column_value_lengths_to_be_between": CountedLengthBetween,
    "expect_column_value_lengths_to_equal": CountedLengthEqual,
}
GX_SEVERITY = {"critical": "critical", "error": "critical", "warning": "warning", "info": "info"}


def build_suite(name: str, compiled: Sequence[CompiledRule]) -> gx.ExpectationSuite:
    """Build one suite; ContractError when GX silently dropped a rule."""
    suite = gx.ExpectationSuite(name=name, expectations=[_expectation(c) for c in compiled])
    built = {e.meta["rule_id"] for e in suite.expectations}
    lost = [c.rule.id for c in compiled if c.rule.id not in built]
    if lost or len(suite.expectations) != len(compiled):
        raise ContractError(
            f"Great Expectations dropped rules of {name}: {', '.join(lost)}",
            expected=f"{len(compiled)} expectations",
            next_step="look at the rule's expectation and arguments",
        )
    return suite


def _expectation(compiled: CompiledRule) -> Any:
    rule = compiled.rule
    common = {
        "column": compiled.field,
        "severity": GX_SEVERITY[rule.severity],
        "description": rule.sentence.vi,
        "meta": {"rule_id": rule.id, "dimension": rule.dimension},
    }
    check = compiled.check
    if check is not None and check.expectation is not None:
        return NATIVE[check.expectation](**common, **(check.arguments or {}))
    return ExpectRecordToKeepRule(bad=compiled.bad, **common)
