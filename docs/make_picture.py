#!/usr/bin/env python3
"""Makes docs/screen.svg from the running program.

Starts `dlqtop demo` in tmux, waits until its panes are full, reads the screen with its colours
(tmux capture-pane -e) and writes it as an SVG. Needs tmux and a release build.
usage: docs/make_picture.py [COLUMNSxROWS]
"""

import html
import pathlib
import re
import subprocess
import sys
import time
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent
SESSION = "dlqtop-picture"
CELL_WIDTH, LINE_HEIGHT, MARGIN = 8.4, 18, 14
BACKGROUND, FOREGROUND = "#16181d", "#d5d9e0"
PALETTE = [
    "#3b4048", "#f0626c", "#8fc66b", "#e5b567", "#5ea7ee", "#c583e0", "#4fc1c9", "#d5d9e0",
    "#767d8a", "#ff7d86", "#a9dc84", "#ffcf7f", "#82bdf7", "#d8a1ee", "#74d8df", "#ffffff",
]


def tmux(*arguments):
    return subprocess.run(
        ["tmux", *arguments], check=True, capture_output=True, text=True
    ).stdout


def capture(columns, rows):
    program = ROOT / "target" / "release" / "dlqtop"
    tmux("new-session", "-d", "-s", SESSION, "-x", columns, "-y", rows,
         f"env LC_ALL=C.UTF-8 {program} demo --as ana@lap7")
    try:
        deadline = time.monotonic() + 60
        while "Queue · " not in tmux("capture-pane", "-p", "-t", SESSION):
            if time.monotonic() > deadline:
                sys.exit("make_picture: the demo did not show its panes within a minute")
            time.sleep(0.2)
        # The second poll has rates and the detector's countdown.
        time.sleep(3)
        for key in ("j", "Space", "j", "j", "Space", "k"):
            tmux("send-keys", "-t", SESSION, key)
        time.sleep(0.7)
        return tmux("capture-pane", "-p", "-e", "-t", SESSION).splitlines()
    finally:
        tmux("send-keys", "-t", SESSION, "C-c")
        time.sleep(1)
        subprocess.run(["tmux", "kill-session", "-t", SESSION], capture_output=True, check=False)


class Pen:
    """What the next characters look like."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.fg = self.bg = None
        self.bold = self.reverse = self.underline = False

    def apply(self, codes):
        codes = [int(code or 0) for code in codes.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code == 1:
                self.bold = True
            elif code == 4:
                self.underline = True
            elif code == 7:
                self.reverse = True
            elif code in (38, 48) and codes[:1] == [5]:
                colour = PALETTE[codes[1] % 16]
                codes = codes[2:]
                if code == 38:
                    self.fg = colour
                else:
                    self.bg = colour
            elif 30 <= code <= 37:
                self.fg = PALETTE[code - 30]
            elif 90 <= code <= 97:
                self.fg = PALETTE[code - 82]
            elif 40 <= code <= 47:
                self.bg = PALETTE[code - 40]
            elif 100 <= code <= 107:
                self.bg = PALETTE[code - 92]
            elif code == 39:
                self.fg = None
            elif code == 49:
                self.bg = None

    def colours(self):
        fg, bg = self.fg or FOREGROUND, self.bg
        if self.reverse:
            fg, bg = bg or BACKGROUND, fg
        return fg, bg


def cells_of(character):
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def runs(line, pen):
    """(column, cells, text, fill, ground, bold, underline) for each stretch of one style."""
    column = 0
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        style = re.fullmatch(r"\x1b\[([0-9;]*)m", piece)
        if style:
            pen.apply(style.group(1))
            continue
        if not piece:
            continue
        cells = sum(map(cells_of, piece))
        fill, ground = pen.colours()
        yield column, cells, piece, fill, ground, pen.bold, pen.underline
        column += cells


def svg(lines, columns, rows):
    width = columns * CELL_WIDTH + 2 * MARGIN
    height = rows * LINE_HEIGHT + 2 * MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'font-family="DejaVu Sans Mono, Menlo, Consolas, ui-monospace, monospace" '
        'font-size="14" xml:space="preserve">',
        "<title>dlqtop demo: staleness, queue and stats</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
    ]
    pen = Pen()
    for row, line in enumerate(lines[:rows]):
        y = MARGIN + row * LINE_HEIGHT
        for column, cells, text, fill, ground, bold, underline in runs(line, pen):
            x, length = MARGIN + column * CELL_WIDTH, cells * CELL_WIDTH
            if ground:
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{length:.1f}" '
                           f'height="{LINE_HEIGHT}" fill="{ground}"/>')
            # Word by word, so that a viewer with another font still keeps the columns.
            for word in re.finditer(r"\S+", text):
                before = sum(map(cells_of, text[: word.start()]))
                wide = sum(map(cells_of, word.group()))
                weight = ' font-weight="bold"' if bold else ""
                under = ' text-decoration="underline"' if underline else ""
                out.append(f'<text x="{x + before * CELL_WIDTH:.1f}" y="{y + 13.5:.1f}" '
                           f'textLength="{wide * CELL_WIDTH:.1f}" '
                           f'lengthAdjust="spacingAndGlyphs" fill="{fill}"{weight}{under}>'
                           f"{html.escape(word.group())}</text>")
    out.append("</svg>")
    return "\n".join(out) + "\n"


def main():
    size = sys.argv[1] if len(sys.argv) > 1 else "150x40"
    columns, rows = size.split("x")
    lines = capture(columns, rows)
    target = ROOT / "docs" / "screen.svg"
    target.write_text(svg(lines, int(columns), int(rows)), encoding="utf-8")
    print(f"wrote {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
