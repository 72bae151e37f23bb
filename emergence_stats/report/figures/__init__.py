"""Figures as SVG text, one file each: a function from a document to a string that needs no library and no network.

Thousands are drawn per report, so coordinates carry one decimal and colours come from classes of ``style.css``. Text
from users enters through `svg.escape` only.
"""
