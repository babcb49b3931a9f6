# Runs on the board: tells about itself, (name, value) for everything it knows. Nothing is changed by it.


def facts(pins):
    import gc

    def try_to(name, ask):
        try:
            tell((name, ask()))
        except Exception:
            pass

    try_to("memory_free", gc.mem_free)
    try_to("memory_used", gc.mem_alloc)
    try:
        import micropython

        try_to("stack", micropython.stack_use)
    except Exception:
        pass
    import sys
    import time

    try_to("platform", lambda: sys.platform)
    try_to("implementation", lambda: (sys.implementation[0], sys.implementation[1][:3], sys.version))
    try_to("machine", lambda: sys.implementation._machine)
    try_to("uptime", time.ticks_ms)
    try_to("clock", lambda: tuple(time.localtime())[:6])
    try:
        import os

        try_to("uname", lambda: tuple(os.uname()))
        seen = []
        try:
            import vfs

            mounted = True
            paths = [path for disk, path in vfs.mount()]
        except Exception:  # MicroPython before 1.25 does not tell what is mounted
            mounted = False
            paths = ["/"] + ["/" + name for name in os.listdir("/")]
        for path in paths:
            try:
                s = os.statvfs(path)
            except Exception:
                continue
            found = (s[0] * s[3], s[1] * s[2])
            if found[1] and (mounted or found not in seen):  # a folder tells what its disk tells
                seen.append(found)
                tell(("disk", (path,) + found))
    except Exception:
        pass
    try:
        import machine

        try_to("frequency", machine.freq)
        try_to("unique_id", machine.unique_id)
    except Exception:
        pass
    if pins:
        try:
            import pyb
        except Exception:
            return
        try_to("leds", lambda: [pyb.LED(n).intensity() for n in (1, 2, 3, 4)])
        try_to("switch", lambda: pyb.Switch()())
        for name in pins:
            try:
                pin = getattr(pyb.Pin.board, name)
                tell(("pin", (name, pin.mode(), pin.pull(), pin.value())))
            except Exception:
                pass


def set_clock(year, month, day, weekday, hour, minute, second, microsecond):
    # The weekday is 1 to 7. A pyboard counts the rest of the second down from 255.
    import sys
    import machine

    clock = machine.RTC()
    if sys.platform == "pyboard":
        rest = 255 - (microsecond << 8) // 1000000
        clock.datetime((year, month, day, weekday, hour, minute, second, rest))
    else:
        clock.datetime((year, month, day, weekday - 1, hour, minute, second, 0))


def volts(pin):
    import pyb

    tell(pyb.ADC(getattr(pyb.Pin.board, pin)).read())


def toggle(led):
    import pyb

    pyb.LED(led).toggle()


def memory_map():
    import micropython

    micropython.mem_info(1)


def collect():
    import gc

    gc.collect()
