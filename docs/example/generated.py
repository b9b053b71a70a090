class History:
  def add(self, entry):
    tail = (self.first + self.size) % len(self.items)
    self.items[tail] = entry
    if self.size < len(self.items):
      self.size += 1
    else:
      self.first = (self.first + 1) % len(self.items)
