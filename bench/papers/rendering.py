"""Make a paper a file: plain text, a web page, PDF, Word or Excel."""

from __future__ import annotations

import html
import io
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import docx
import openpyxl
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as PdfTable

from bench.papers import Cells, Fields, Paper, Rows


def as_text(paper: Paper) -> bytes:
    """Write it as a person types it: columns lined up, lines wrapped."""
    lines = [paper.title, ""]
    for block in paper.blocks:
        if isinstance(block, str):
            lines += (
                [*textwrap.wrap(block, 76, replace_whitespace=False), ""]
                if "\n" not in block
                else [block, ""]
            )
        elif isinstance(block, Fields):
            lines += [*(f"{label}: {value}" for label, value in block.pairs), ""]
        else:
            lines += [*_aligned([block.header, *block.rows]), ""]
    return "\n".join(lines).encode()


def _aligned(rows: list[Cells]) -> Iterator[str]:
    widths = [max(len(row[n]) for row in rows if n < len(row)) for n in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=False)
        ).rstrip()


def as_html(paper: Paper) -> bytes:
    """Write it as a web page."""
    body = [f"<h1>{html.escape(paper.title)}</h1>"]
    for block in paper.blocks:
        if isinstance(block, str):
            body.append(f"<p>{html.escape(block)}</p>")
        else:
            rows = "".join(
                "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
                for row in _cells(block)
            )
            body.append(f"<table border=1>{rows}</table>")
    return f"<!doctype html><html><body>{''.join(body)}</body></html>".encode()


def _cells(block: Rows | Fields) -> list[Cells]:
    if isinstance(block, Fields):
        return [[label, value] for label, value in block.pairs]
    return [block.header, *block.rows]


def as_pdf(paper: Paper) -> bytes:
    """Set it."""
    styles = getSampleStyleSheet()
    story: list[Flowable] = [Paragraph(html.escape(paper.title), styles["Title"])]
    for block in paper.blocks:
        if isinstance(block, str):
            story += [
                Paragraph(html.escape(line), styles["BodyText"]) for line in block.split("\n")
            ]
        else:
            story += [
                PdfTable(_cells(block), repeatRows=1 if isinstance(block, Rows) else 0),
                Spacer(1, 8),
            ]
    file = io.BytesIO()
    SimpleDocTemplate(file, pagesize=A4, invariant=1).build(story)
    return file.getvalue()


def as_docx(paper: Paper) -> bytes:
    """Write it in Word."""
    document: Any = docx.Document()
    document.add_heading(paper.title, 0)
    for block in paper.blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        cells = _cells(block)
        table = document.add_table(rows=len(cells), cols=len(cells[0]))
        for row, values in zip(table.rows, cells, strict=True):
            for cell, value in zip(row.cells, values, strict=False):
                cell.text = value
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def as_xlsx(paper: Paper) -> bytes:
    """Write it in Excel."""
    book: Any = openpyxl.Workbook()
    sheet = book.active
    sheet.title = paper.title[:28].replace("/", " ").replace(":", " ")
    sheet.append([paper.title])
    for block in paper.blocks:
        rows: list[Cells] = (
            [[line] for line in block.split("\n")] if isinstance(block, str) else _cells(block)
        )
        for row in rows:
            sheet.append([f"'{cell}" if cell[:1] == "=" else cell for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


FORMATS: dict[str, tuple[str, Callable[[Paper], bytes]]] = {
    "txt": ("text/plain", as_text),
    "html": ("text/html", as_html),
    "pdf": ("application/pdf", as_pdf),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", as_docx),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
}
"""Ending -> content type, and what writes it."""
