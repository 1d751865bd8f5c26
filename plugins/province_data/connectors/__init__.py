"""How a source is reached: each connector turns it into delivery folders."""
