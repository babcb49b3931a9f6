# A spirit level: streams how the board lies and lights the LED on its lower side.
#
# The samples are sent by a timer, so the prompt stays free. USR, the switch, stops and starts the lights.
import pyb
from level import side
from stream import stream

COUNTS_PER_G = 21.33  # the pyboard's accelerometer gives -32..31 for -1.5 g..1.5 g

accelerometer = pyb.Accel()
lights = [pyb.LED(number) for number in (1, 2, 3, 4)]
tilt = stream("tilt", "xyz", fmt="3f", unit="g")
lit = True


def sample(timer):
    x = accelerometer.x() / COUNTS_PER_G
    y = accelerometer.y() / COUNTS_PER_G
    tilt.send(x, y, accelerometer.z() / COUNTS_PER_G)
    lower = side(x, y) if lit else None
    for number, light in enumerate(lights):
        light.on() if number == lower else light.off()


def toggle():
    global lit
    lit = not lit


switch = pyb.Switch()
switch.callback(toggle)
sampler = pyb.Timer(4, freq=50, callback=sample)
