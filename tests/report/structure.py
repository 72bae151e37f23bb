"""Pages of HTML taken apart, for the tests of all of them; and names that must not break one."""

from __future__ import annotations

import html.parser
import re

type Attributes = list[tuple[str, str | None]]

LINKS = ("src", "href", "xlink:href", "action", "data", "poster", "srcset")
VOID = {"meta", "input", "br", "path", "rect", "circle", "use", "wbr"}
HOSTILE = (
    "</script><script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' onfocus='alert(1)",
    "{{ 7 * 7 }}{% for x in y %}",
    "&lt;b&gt; &amp; &#x27;",
    "]]><!--",
    "../../etc/passwd",
    "C:\\temp\\*.*",
    '=HYPERLINK("http://example.org","x")',
    "\u202ereversed\u2066 שלום",
    "null\x00byte\ud800",
    "x" * 20_000,
)


class Structure(html.parser.HTMLParser):
    """Checks nesting and collects elements, attributes and visible text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @classmethod
    def of(cls, page: str) -> Structure:
        structure = cls()
        structure.feed(page)
        structure.close()
        assert structure.open == []
        return structure

    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]


def refers_to_nothing_outside(page: str) -> bool:
    """Is the page one file, without inline handlers or styles?"""
    for tag, attributes in Structure.of(page).elements:
        links = [
            attributes.get(name) or "#" for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset")
        ]
        if tag in ("link", "iframe", "img", "object", "embed", "base", "form") or "style" in attributes:
            return False
        if any(name.startswith("on") for name in attributes) or not all(link.startswith("#") for link in links):
            return False
    return not re.search(r"url\(|@import|https?://|//[a-z]+\.", page)
