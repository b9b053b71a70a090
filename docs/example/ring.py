# SPDX-License-Identifier: Apache-2.0
"""A ring buffer that forgets its oldest values."""


class RingBuffer:
    def __init__(self, capacity):
        self.slots = [None] * capacity
        self.head = 0
        self.count = 0

    def push(self, value):
        end = (self.head + self.count) % len(self.slots)
        self.slots[end] = value
        if self.count < len(self.slots):
            self.count += 1
        else:
            self.head = (self.head + 1) % len(self.slots)

    def newest_first(self):
        for offset in range(self.count - 1, -1, -1):
            yield self.slots[(self.head + offset) % len(self.slots)]
