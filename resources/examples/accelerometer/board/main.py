# Streams the accelerometer: x, y and z in g, a hundred times a second.
#
# A timer has the samples read and sent, inside the board's ordinary output, so the prompt stays free:
# type at it, evaluate expressions and copy files while the stream runs.
import pyb
from stream import scheduled, stream

G_PER_COUNT = 1.5 / 32  # the pyboard's accelerometer gives -32..31 for -1.5 g..1.5 g
RATE = 100  # samples a second

accelerometer = pyb.Accel()
accel = stream("accel", "xyz", fmt="3b", unit="g", scale=G_PER_COUNT)


def sample(timer):
    accel.send(accelerometer.x(), accelerometer.y(), accelerometer.z())


sampler = pyb.Timer(4, freq=RATE, callback=scheduled(sample))
