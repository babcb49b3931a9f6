# Streams the accelerometer: x, y and z in g, a hundred times a second.
#
# The samples are sent by a timer, inside the board's ordinary output, so the prompt stays free:
# type at it, evaluate expressions and copy files while the stream runs.
import pyb
from stream import stream

COUNTS_PER_G = 21.33  # the pyboard's accelerometer gives -32..31 for -1.5 g..1.5 g
RATE = 100  # samples a second

accelerometer = pyb.Accel()
accel = stream("accel", "xyz", fmt="3f", unit="g")


def sample(timer):
    accel.send(
        accelerometer.x() / COUNTS_PER_G,
        accelerometer.y() / COUNTS_PER_G,
        accelerometer.z() / COUNTS_PER_G,
    )


sampler = pyb.Timer(4, freq=RATE, callback=sample)
