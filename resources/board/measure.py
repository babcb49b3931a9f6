"""Run a program in a namespace of its own and tell its time and memory. engines/board/compare/ calls this."""


def measure(source):
    import gc
    import sys
    import time

    error = None
    gc.collect()
    before = gc.mem_alloc()
    start = time.ticks_us()
    try:
        exec(source, {"__name__": "__main__"})
    except SystemExit:
        pass
    except Exception as raised:
        error = raised
    took = time.ticks_diff(time.ticks_us(), start)
    used = gc.mem_alloc() - before
    text = ""
    if error:
        import io

        report = io.StringIO()
        sys.print_exception(error, report)
        text = report.getvalue()
    version = ".".join([str(n) for n in sys.implementation.version[:3]])
    tell((took, used, version, text))
