# A spirit level: streams how the board lies and lights the LED on its lower side.
#
# A timer has the samples read and sent, so the prompt stays free. USR, the switch, stops and starts the lights.
import pyb
from level import side
from stream import scheduled, stream

G_PER_COUNT = 1.5 / 32  # the pyboard's accelerometer gives -32..31 for -1.5 g..1.5 g

accelerometer = pyb.Accel()
lights = [pyb.LED(number) for number in (1, 2, 3, 4)]
tilt = stream("tilt", "xyz", fmt="3b", unit="g", scale=G_PER_COUNT)
lit = True


def sample(timer):
    x, y = accelerometer.x(), accelerometer.y()
    tilt.send(x, y, accelerometer.z())
    lower = side(x * G_PER_COUNT, y * G_PER_COUNT) if lit else None
    for number, light in enumerate(lights):
        light.on() if number == lower else light.off()


def toggle():  # called by a hard interrupt, which may use no memory
    global lit
    lit = not lit


switch = pyb.Switch()
switch.callback(toggle)
sampler = pyb.Timer(4, freq=50, callback=scheduled(sample))
