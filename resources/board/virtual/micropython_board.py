# The module "micropython" with a kbd_intr that reaches the board's serial port.

import host
from micropython import *

__name__ = "micropython"


def kbd_intr(char):
    host.call("kbd_intr", str(char))
