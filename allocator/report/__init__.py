"""The report for a council paper, and the result in one sentence."""

from allocator.report.report import write_public_report, write_report
from allocator.report.sentences import result_sentence
from allocator.report.workbook import write_public_workbook, write_workbook

__all__ = ["result_sentence", "write_public_report", "write_public_workbook", "write_report", "write_workbook"]
