"""Run a program in a namespace of its own and tell its time and memory. engines/board/compare/ calls this."""


def measure(source, mark):
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
    print(mark)
    if error:
        sys.print_exception(error)
    print(mark)
    print((took, used, ".".join([str(n) for n in sys.implementation.version[:3]])))
