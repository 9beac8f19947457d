"""The files of a report: all that can be written are, whatever is missing for one of them."""

from collections.abc import Callable
from pathlib import Path

from gateway.reports.document import Document
from gateway.reports.fonts import FOLDERS, find_faces
from gateway.reports.lists import write_lists
from gateway.reports.paper import write_paper
from gateway.reports.workbook import write_workbook

FILES = 3
"""How many steps the writing takes."""


def write_files(
    document: Document, directory: Path, passed: Callable[[int], None] = lambda _: None
) -> list[Path]:
    """Write the workbook, the lists and the PDF, in this order.

    Args:
        document: The report.
        directory: Where; made where it is not there.
        passed: Called with how many more steps are done.

    Returns:
        The workbook, the folder of the lists and the PDF.

    Raises:
        FontsError: There is no font for the PDF; the others are written.
        OSError: Something cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    workbook = directory / f"{document.name}.xlsx"
    write_workbook(document, workbook)
    passed(1)
    lists = directory / document.name
    write_lists(document, lists)
    passed(1)
    paper = directory / f"{document.name}.pdf"
    write_paper(document, paper, find_faces(document.language, FOLDERS))
    passed(1)
    return [workbook, lists, paper]
