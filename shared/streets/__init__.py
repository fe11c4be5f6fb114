"""Streets: the network that people walk, cycle and drive on, and the ways through it.

A graph is built once from an OpenStreetMap extract (``./lifering import roads``), written as a
versioned folder of arrays, and memory-mapped by every service that routes.
"""
