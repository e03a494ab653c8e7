"""The report for a council paper, and the result in one sentence."""

from allocator.report.report import write_report
from allocator.report.sentences import result_sentence

__all__ = ["result_sentence", "write_report"]
