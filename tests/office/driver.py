"""Does in LibreOffice what a person does: run by a Python that has `uno`, told by JSON lines.

A line is a list: a command's name and its arguments; the answer is a line too.
"""

import json
import sys
import time

import uno
from com.sun.star.beans import PropertyValue

CSV = "Text - txt - csv (StarCalc)"
FILTERS = {"xlsx": "Calc MS Excel 2007 XML", "ods": "calc8", "csv": CSV, "pdf": "calc_pdf_Export"}


def prop(name, value):
    found = PropertyValue()
    found.Name, found.Value = name, value
    return found


def connect(pipe):
    """LibreOffice takes some seconds to start; whoever has started it ends us if it never does."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception as error:
            if "NoConnectException" not in type(error).__name__ + str(error):
                raise
            time.sleep(0.1)


class Driver:
    def __init__(self, pipe):
        self.context = connect(pipe)
        manager = self.context.ServiceManager
        self.desktop = manager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)
        self.dispatcher = manager.createInstanceWithContext(
            "com.sun.star.frame.DispatchHelper", self.context
        )
        self.document = None

    def open(self, path):
        url = uno.systemPathToFileUrl(path)
        self.document = self.desktop.loadComponentFromURL(url, "_blank", 0, (prop("Hidden", True),))

    def sheet(self):
        return self.document.Sheets.getByIndex(0)

    def _do(self, command, *arguments):
        frame = self.document.CurrentController.Frame
        self.dispatcher.executeDispatch(frame, f".uno:{command}", "", 0, arguments)

    def _go(self, cells):
        self._do("GoToCell", prop("ToPoint", cells))

    def type(self, cell, text):
        """As if typed on the keyboard."""
        self._go(cell)
        self._do("EnterString", prop("StringName", text))

    def clear(self, cells):
        self._go(cells)
        self._do("ClearContents")

    def fill_down(self, cells):
        self._go(cells)
        self._do("FillDown")

    def copy(self, cells, to):
        self._go(cells)
        self._do("Copy")
        self._go(to)
        self._do("Paste")

    def sort(self, cells, column, ascending):
        area = self.sheet().getCellRangeByName(cells)
        field = uno.createUnoStruct("com.sun.star.table.TableSortField")
        field.Field, field.IsAscending = column, ascending
        fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
        uno.invoke(area, "sort", ((prop("SortFields", fields), prop("ContainsHeader", True)),))

    def delete_rows(self, first, count):
        self.sheet().Rows.removeByIndex(first - 1, count)

    def insert_rows(self, first, count):
        self.sheet().Rows.insertByIndex(first - 1, count)

    def insert_columns(self, first, count):
        self.sheet().Columns.insertByIndex(first - 1, count)

    def delete_columns(self, first, count):
        self.sheet().Columns.removeByIndex(first - 1, count)

    def format(self, cells, code):
        formats = self.document.NumberFormats
        locale = uno.createUnoStruct("com.sun.star.lang.Locale")
        key = formats.queryKey(code, locale, False)
        if key < 0:
            key = formats.addNew(code, locale)
        self.sheet().getCellRangeByName(cells).NumberFormat = key

    def shown(self, cells):
        """What a person sees."""
        area = self.sheet().getCellRangeByName(cells)
        size = area.RangeAddress
        return [
            [
                area.getCellByPosition(c, r).String
                for c in range(size.EndColumn - size.StartColumn + 1)
            ]
            for r in range(size.EndRow - size.StartRow + 1)
        ]

    def save(self, path, options=""):
        kind = path.rpartition(".")[2]
        chosen = [prop("FilterName", FILTERS[kind])]
        if kind == "csv":
            self.document.CurrentController.setActiveSheet(self.sheet())
            chosen.append(prop("FilterOptions", options))
        self.document.storeToURL(uno.systemPathToFileUrl(path), tuple(chosen))

    def close(self):
        self.document.close(True)
        self.document = None

    def quit(self):
        self.desktop.terminate()


def main():
    driver = Driver(sys.argv[1])
    print(json.dumps({"answer": "ready"}), flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            answer = {"answer": getattr(driver, name)(*arguments)}
        except Exception as error:  # noqa: BLE001 - told to the test
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
