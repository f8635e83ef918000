#!/usr/bin/env python3
"""Says from which functions of an image its panic handler can be reached, and on which way.

    panics.py IMAGE TABLE.rs            for an image that does not link because of them
    panics.py IMAGE TABLE.rs --debug    but through what Rust's own Debug is made of

Ends with 1 if there are any. A public function has its name as rustdoc has it. A call through a pointer can't be
followed, but whatever could be called so is asked as well.
"""

import re
import sys

from graph import Image

HANDLER = re.compile(r"rust_begin_unwind")
# What a panic itself is made of.
MACHINERY = re.compile(
    r"^(?:__rustc::rust_begin_unwind|core::panicking::.*|core::(?:option|result)::\w+_failed"
    r"|core::slice::index::slice_\w*fail\w*|core::str::slice_error_fail\w*)$"
)
# In Rust's library, with assertions that can't fail but that stay: a derived Debug of more than five fields asserts that
# there are as many names as values; Debug of a string cuts it where its characters end.
OF_DEBUG = {
    "<core::fmt::Formatter>::debug_struct_fields_finish",
    "<str as core::fmt::Debug>::fmt",
    "<char>::escape_debug_ext",
}


def ancestors(image, handler, closed):
    """The functions from which the handler can be reached, without a way through those that are closed."""
    callers = {}
    for at, targets in image.calls.items():
        for target in targets:
            callers.setdefault(target, set()).add(at)
    found, todo = {handler}, [handler]
    while todo:
        for caller in callers.get(todo.pop(), set()) - closed - found:
            found.add(caller)
            todo.append(caller)
    return found


def main(arguments):
    if len(arguments) not in (2, 3) or arguments[2:] not in ([], ["--debug"]):
        print(__doc__, file=sys.stderr)
        return 2
    image = Image(arguments[0])
    roots = image.roots(arguments[1])
    handler = next((at for at, name in image.names.items() if HANDLER.search(name)), None)
    if handler is None:
        print("the panic handler is not in the image")
        return 0
    debug = bool(arguments[2:])
    through = {at for at in image.names if debug and image.shown(at) in OF_DEBUG}
    bad = [at for at in ancestors(image, handler, through) if not MACHINERY.match(image.shown(at))]
    for at in sorted(bad):
        public = [path for path, place in roots if place == at]
        print(f"{', '.join(public) or image.shown(at)}")
        print(f"    calls {' > '.join(image.shown(step) for step in image.way(at, handler)[1:])}")
    lacking = debug and OF_DEBUG - {image.shown(at) for at in through}
    if lacking:
        print(f"no longer in an image, so no longer to be excepted: {', '.join(sorted(lacking))}")
    return 1 if bad or lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
